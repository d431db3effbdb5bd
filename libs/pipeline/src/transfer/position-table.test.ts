import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { testSeed } from '#testkit';
import { PositionTable } from './position-table.js';

let folder: string;
let file: FileHandle;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-positions-'));
  file = await open(join(folder, 'positions'), 'wx+');
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

const partition = fc.nat(1023);
// Of few pages, so that they come and go.
const offset = fc.oneof(fc.nat(5), fc.nat(50_000), fc.constant(2 ** 41));
const position = fc.record({ partition, offset });

test('a table gives back what was put into it, however few of its pages are in memory', async () => {
  const entries = fc.array(fc.tuple(position, position), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(entries, position, async (given, other) => {
      await file.truncate(0);
      const table = new PositionTable(file, 1);
      const wanted = new Map(given.map(([from, to]) => [`${from.partition}/${from.offset}`, to]));
      for (const [from, to] of given) await table.set(from, to);
      for (const [from] of [...given, [other] as const]) {
        expect(await table.get(from)).toEqual(wanted.get(`${from.partition}/${from.offset}`) ?? null);
      }
    }),
    { seed: testSeed(), numRuns: 50 },
  );
});

test('the first record from a place on that lies in a partition is found', async () => {
  const table = new PositionTable(file, 1);
  for (const [at, target] of [0, 1, 0, 1, 1].entries()) {
    await table.set({ partition: 3, offset: at }, { partition: target, offset: 100 + at });
  }
  expect(await table.firstIn(1, 3, 0, 5)).toBe(101);
  expect(await table.firstIn(1, 3, 2, 5)).toBe(103);
  expect(await table.firstIn(0, 3, 3, 5)).toBeNull();
  expect(await table.firstIn(1, 2, 0, 5)).toBeNull();
});
