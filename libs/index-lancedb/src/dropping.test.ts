import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { ready, SCHEMA } from '#testkit';
import { LanceGeneration } from './lance-generation.js';

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

test('a generation dropped while records are applied is unknown, not out of order: nobody need wait', async () => {
  const apply = LanceGeneration.prototype.apply;
  jest.spyOn(LanceGeneration.prototype, 'apply').mockImplementationOnce(async function (this: LanceGeneration, it) {
    await index.dropGeneration('one');
    return apply.call(this, it);
  });
  await expect(index.apply('one', [ready('a', 1)])).rejects.toMatchObject({ code: 'generation-unknown' });
});
