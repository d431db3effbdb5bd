import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { vectorIndexContract } from '#testkit';

vectorIndexContract('LanceDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-'));
  const opened: VectorIndex[] = [];
  const errors: unknown[] = [];
  const open = async () => {
    // 1,000 rows of 16 numbers: small tests have a graph too.
    const index = await openLanceIndex({ folder, flatFloats: 16_000, onBackgroundError: (it) => errors.push(it) });
    opened.push(index);
    return index;
  };
  return {
    index: await open(),
    reopen: open,
    // A write under way may make a folder again meanwhile.
    lose: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
    cleanup: async () => {
      for (const index of opened) await index.close();
      await rm(folder, { recursive: true, force: true });
      expect(errors).toEqual([]);
    },
  };
});
