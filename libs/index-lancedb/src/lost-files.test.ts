import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { ready, SCHEMA } from '#testkit';

const UNKNOWN = { code: 'generation-unknown' };

let folder: string;
let index: VectorIndex;
const tables = async () => (await readdir(folder)).filter((it) => it.endsWith('.lance')).sort();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lance-'));
  index = await openLanceIndex({ folder, onBackgroundError: () => {} });
  for (const name of ['one', 'two']) {
    await index.createGeneration(name, SCHEMA);
    await index.apply(name, [ready('a', 1)]);
  }
  await index.makeLive('two');
});
afterEach(async () => {
  await index.close();
  await rm(folder, { recursive: true, force: true });
});

test('a write to a table whose folder is gone fails and does not make it again, and the index still closes', async () => {
  const [one = 'none', two = 'none'] = await tables();
  await rm(join(folder, one), { recursive: true });
  await expect(index.apply('one', [ready('b', 1)])).rejects.toMatchObject(UNKNOWN);
  expect(await tables()).toEqual([two]);
  await index.close();
  await expect(index.count({ generation: 'one' })).rejects.toMatchObject({ code: 'index-unavailable' });
});

test('of several generations only the one whose table is gone is forgotten', async () => {
  const [, two = 'none'] = await tables();
  await rm(join(folder, two), { recursive: true });
  expect(await index.live()).toBeNull();
  expect((await index.generations()).map((it) => it.name)).toEqual(['one']);
  await index.createGeneration('three', SCHEMA);
  await index.close();
  index = await openLanceIndex({ folder, onBackgroundError: () => {} });
  expect((await index.generations()).map((it) => it.name)).toEqual(['one', 'three']);
  expect(await index.count({ generation: 'one' })).toEqual({ ready: 1, failed: 0, deleted: 0 });
});
