import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { idOf, ready, SCHEMA, seededVector } from '#testkit';
import { fromHalf, toHalf } from './half.js';
import { filePressure, graphPressure } from './maintenance.js';

const state = { rows: 20_000, unindexed: 0, graphs: 1, commits: 0 };

test('a graph is due once a thousand rows of 4096 are outside it, more in a large table', () => {
  expect(graphPressure({ ...state, unindexed: 999 }, 4096)).toBeLessThan(1);
  expect(graphPressure({ ...state, unindexed: 1_000 }, 4096)).toBeGreaterThanOrEqual(1);
  expect(graphPressure({ ...state, rows: 1_000_000, unindexed: 19_999 }, 4096)).toBeLessThan(1);
  expect(graphPressure({ rows: 1_000, unindexed: 1_000, graphs: 0, commits: 0 }, 4096)).toBeGreaterThanOrEqual(1);
  expect(graphPressure({ ...state, unindexed: 1_000 }, 256)).toBeLessThan(0.1);
});

test('too many graphs are a reason too, and so are too many commits', () => {
  expect(graphPressure({ ...state, graphs: 9 }, 4096)).toBeGreaterThanOrEqual(1);
  expect(filePressure({ ...state, rows: 0, commits: 100 }, 4096)).toBeGreaterThanOrEqual(1);
  expect(filePressure({ ...state, rows: 1_000_000, commits: 500 }, 4096)).toBeLessThan(1);
});

test('many small writes do not fill the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-disk-'));
  try {
    const index = await openLanceIndex({ folder, keepVersionsMs: 0, onBackgroundError: () => {} });
    await index.createGeneration('one', SCHEMA);
    await index.makeLive('one');
    for (let at = 0; at < 150; at++) await index.apply('one', [ready(`i${at % 50}`, at)]);
    await index.settle('one');
    expect(await index.count()).toEqual({ ready: 50, failed: 0, deleted: 0 });
    await index.close();
    // Without tidying each commit leaves about four files.
    expect((await readdir(folder, { recursive: true })).length).toBeLessThan(60);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

test('a write to a table whose files are gone fails as damaged, and the index still closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-'));
  try {
    const index = await openLanceIndex({ folder, onBackgroundError: () => {} });
    await index.createGeneration('one', SCHEMA);
    await index.apply('one', [ready('a', 1)]);
    const [table] = (await readdir(folder)).filter((it) => it.endsWith('.lance'));
    await rm(join(folder, table ?? 'none'), { recursive: true });
    await expect(index.apply('one', [ready('b', 1)])).rejects.toMatchObject({ code: 'index-damaged' });
    await index.close();
    await expect(index.count({ generation: 'one' })).rejects.toMatchObject({ code: 'index-unavailable' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('vectors kept as float16 are searched and come back within half precision', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-'));
  try {
    const index = await openLanceIndex({ folder, flatFloats: 16_000, onBackgroundError: () => {} });
    const vectors = SCHEMA.vectors.map((it) => ({ ...it, datatype: 'float16' as const }));
    await index.createGeneration('half', { ...SCHEMA, vectors });
    await index.apply(
      'half',
      Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, 1, { seed: at })),
    );
    await index.settle('half');
    const stages = [
      { vector: 'fc', query: seededVector(77), limit: 5 },
      { vector: 'fine', query: seededVector(84, 8), limit: 1 },
    ] as const;
    const { hits } = await index.search({ generation: 'half', stages });
    expect(hits[0]?.imageId).toBe('i77');
    expect(hits[0]?.score).toBeCloseTo(1, 3);
    const [record] = await index.fetch([idOf('i77')], { generation: 'half', withVectors: true });
    const fc = record?.state === 'ready' ? record.vectors?.fc : undefined;
    for (const [at, value] of seededVector(77).entries()) expect(fc?.[at]).toBeCloseTo(value, 3);
    await index.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('every half is the nearest to itself, and what lies between rounds to the nearer one, ties to even', () => {
  const wrong: number[] = [];
  for (let half = 0; half < 0x7bff; half++) {
    const [low, high] = [fromHalf(half), fromHalf(half + 1)];
    const rounded = [low, -low, low + (high - low) * 0.49, low + (high - low) * 0.51, (low + high) / 2].map(toHalf);
    const wanted = [half, half | 0x8000, half, half + 1, half + (half % 2)];
    if (rounded.join() !== wanted.join()) wrong.push(half);
  }
  expect(wrong).toEqual([]);
});
