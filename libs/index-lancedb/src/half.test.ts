import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { idOf, ready, SCHEMA, seededVector } from '#testkit';
import { fromHalf, toHalf } from './half.js';

test('vectors kept as float16 are searched, and come back as the nearest halves', async () => {
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
    expect([...(fc ?? [])]).toEqual([...seededVector(77)].map((it) => fromHalf(toHalf(it))));
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
