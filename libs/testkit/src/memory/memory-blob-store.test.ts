import { blobStoreContract, MemoryBlobStore } from '#testkit';

blobStoreContract(
  'memory',
  async () => {
    const store = new MemoryBlobStore();
    return {
      store,
      entries: async () => store.names(),
      damage: async (sha256) => store.damage(sha256),
      dispose: async () => {},
    };
  },
  { inMemory: true },
);
