import { IndexMemory, MemoryVectorIndex, vectorIndexContract } from '#testkit';

vectorIndexContract('the in-memory vector index', async () => {
  const memory = new IndexMemory();
  return {
    index: new MemoryVectorIndex(memory),
    reopen: async () => new MemoryVectorIndex(memory),
    lose: async () => {
      memory.generations.clear();
      memory.live = null;
    },
    cleanup: async () => {},
  };
});
