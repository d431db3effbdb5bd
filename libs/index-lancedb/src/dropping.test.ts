import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { ready, SCHEMA } from '#testkit';
import { LanceGeneration } from './lance-generation.js';

const UNKNOWN = { code: 'generation-unknown' };
let folder: string;
let index: VectorIndex;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lance-dropping-'));
  index = await openLanceIndex({ folder, onBackgroundError: () => {} });
  await index.createGeneration('one', SCHEMA);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await index.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a generation that is dropped', () => {
  test('while records are applied is unknown, not out of order: nobody need wait for it', async () => {
    const apply = LanceGeneration.prototype.apply;
    jest.spyOn(LanceGeneration.prototype, 'apply').mockImplementationOnce(async function (this: LanceGeneration, it) {
      await index.dropGeneration('one');
      return apply.call(this, it);
    });
    await expect(index.apply('one', [ready('a', 1)])).rejects.toMatchObject(UNKNOWN);
  });

  test('in the middle of a scan is unknown', async () => {
    await index.apply('one', [ready('a', 1), ready('b', 2)]);
    const batches = index.scan({ generation: 'one', batchSize: 1 })[Symbol.asyncIterator]();
    await batches.next();
    await index.dropGeneration('one');
    await expect(batches.next()).rejects.toMatchObject(UNKNOWN);
  });
});

test('a change of generations after the end is refused as a rejection', async () => {
  await index.close();
  const changes = [
    () => index.createGeneration('b', SCHEMA),
    () => index.makeLive('one'),
    () => index.dropGeneration('one'),
  ];
  for (const change of changes) {
    const changing = change();
    await expect(changing).rejects.toMatchObject({ code: 'index-unavailable' });
  }
});
