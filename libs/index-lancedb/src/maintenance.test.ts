import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { eventually, ready, SCHEMA, seededVector } from '#testkit';
import { filePressure, fillingPressure, graphPressure } from './pressure.js';

const LARGE = 1_000_000;

test.each([
  ['a thousand rows of 4096 are outside it', { rows: 20_000, unindexed: 1_000, graphs: 1 }, 4096],
  ['more are, of a large table', { rows: LARGE, unindexed: 0.02 * LARGE, graphs: 1 }, 4096],
  ['a thousand are there, of a large table without one', { rows: LARGE, unindexed: 1_000, graphs: 0 }, 4096],
  ['as many numbers are outside it in smaller rows', { rows: 20_000, unindexed: 16_000, graphs: 1 }, 256],
])('a graph is due once %s, and no row earlier', (_, { rows, unindexed, graphs }, rowFloats) => {
  const pressure = (outside: number) => graphPressure({ rows, unindexed: outside, graphs, commits: 0 }, rowFloats);
  expect(pressure(unindexed)).toBeGreaterThanOrEqual(1);
  expect(pressure(unindexed - 1)).toBeLessThan(1);
});

test('eight graphs more than one are a reason too', () => {
  const pressure = (graphs: number) => graphPressure({ rows: 20_000, unindexed: 0, graphs, commits: 0 }, 4096);
  expect([pressure(1), pressure(5), pressure(9)]).toEqual([0, 0.5, 1]);
});

test('files are tidied after a hundred commits, and one more for each 32 MiB of vectors', () => {
  const pressure = (rows: number, commits: number) => filePressure({ rows, unindexed: 0, graphs: 0, commits }, 4096);
  expect([pressure(0, 50), pressure(0, 100), pressure(2_048 * 100, 100)]).toEqual([0.5, 1, 0.5]);
});

test('while it is filled, files are tidied after a thousand commits, and then when rows have doubled too', () => {
  const pressure = (rows: number, commits: number, tidied: number) =>
    fillingPressure({ rows, unindexed: rows, graphs: 0, commits }, tidied);
  expect([pressure(0, 0, 0), pressure(9_990, 999, 0) < 1, pressure(10_000, 1_000, 0)]).toEqual([0, true, 1]);
  expect([pressure(150_000, 5_000, 100_000), pressure(200_000, 5_000, 100_000)]).toEqual([0.5, 1]);
  expect(pressure(200_000, 500, 100_000)).toBe(0.5);
});

test('many small writes do not fill the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-disk-'));
  try {
    const index = await openLanceIndex({ folder, keepVersionsMs: 0, onBackgroundError: () => {} });
    await index.createGeneration('one', SCHEMA);
    await index.makeLive('one');
    const files = async () => (await readdir(folder, { recursive: true })).length;
    for (let at = 0; at < 210; at++) await index.apply('one', [ready(`i${at % 50}`, at)]);
    // Without tidying each commit leaves about four files. By itself it comes every hundred commits.
    await eventually(async () => expect(await files()).toBeLessThan(210));
    await index.settle('one');
    expect(await index.count()).toEqual({ ready: 50, failed: 0, deleted: 0 });
    expect(await files()).toBeLessThan(60);
    await index.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

test('each searched vector gets a graph of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-graphs-'));
  try {
    // As large as it takes for a graph to be due.
    const SIZES = { fc: 4096, pooled: 512 };
    const vectors = Object.entries(SIZES).map(
      ([name, size]) => ({ name, size, datatype: 'float32', role: 'searched' }) as const,
    );
    const index = await openLanceIndex({ folder, onBackgroundError: () => {} });
    await index.createGeneration('one', { ...SCHEMA, vectors });
    const ROWS = 1_024;
    for (let at = 0; at < ROWS; at += 128) {
      const records = Array.from({ length: 128 }, (_, i) => {
        const named = Object.entries(SIZES).map(([name, size]) => [name, seededVector(at + i, size)] as const);
        return ready(`i${at + i}`, 1, { vectors: Object.fromEntries(named) });
      });
      await index.apply('one', records);
    }
    await index.settle('one');
    await index.makeLive('one');
    for (const [name, size] of Object.entries(SIZES)) {
      const { hits } = await index.search({ stages: [{ vector: name, query: seededVector(7, size), limit: 1 }] });
      expect(hits[0]?.imageId).toBe('i7');
    }
    await index.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
