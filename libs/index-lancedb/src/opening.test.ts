import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { recordSyncs, SCHEMA } from '#testkit';
import { LanceGeneration } from './lance-generation.js';

let folder: string;
const open = (at = folder) => openLanceIndex({ folder: at, onBackgroundError: () => {} });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lance-opening-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

test('the files of a new generation are durable before the list of generations names it', async () => {
  const synced = recordSyncs();
  const index = await open(join(folder, 'index'));
  expect(synced).toContain(folder);
  await index.createGeneration('one', SCHEMA);
  const [table = 'none'] = (await readdir(join(folder, 'index'))).filter((it) => it.endsWith('.lance'));
  const path = join(folder, 'index', table);
  const before = synced.slice(
    0,
    synced.findIndex((it) => it.includes('generations.json')),
  );
  expect(before).toEqual(expect.arrayContaining([join(path, '_versions'), path, join(folder, 'index')]));
  const versions = (await readdir(join(path, '_versions'))).map((it) => join(path, '_versions', it));
  expect(before).toEqual(expect.arrayContaining(versions));
  await index.close();
});

test('an index that cannot be opened leaves nothing open', async () => {
  const index = await open();
  await index.createGeneration('one', SCHEMA);
  await index.createGeneration('two', SCHEMA);
  await index.makeLive('two');
  await index.close();
  const [, broken = 'none'] = (await readdir(folder)).filter((it) => it.endsWith('.lance')).sort();
  await rm(join(folder, broken), { recursive: true });
  const closed = jest.spyOn(LanceGeneration.prototype, 'close');
  await expect(open()).rejects.toMatchObject({ code: 'index-damaged' });
  expect(closed).toHaveBeenCalledTimes(1);
});
