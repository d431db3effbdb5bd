import { randomUUID } from 'node:crypto';
import type { VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { describeWithQdrant, vectorIndexContract } from '#testkit';

// The stand-in tries each condition of the guard in Python.
jest.setTimeout(120_000);

describeWithQdrant('on a server', (qdrant) => {
  vectorIndexContract('The index in Qdrant', async () => {
    const prefix = `test-${randomUUID()}`;
    const opened: VectorIndex[] = [];
    const open = async () => {
      const index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: qdrant().url, prefix });
      opened.push(index);
      return index;
    };
    return {
      index: await open(),
      reopen: open,
      lose: () => qdrant().dropCollections(prefix),
      cleanup: async () => {
        for (const index of opened) await index.close();
        await qdrant().dropCollections(prefix);
      },
    };
  });
});
