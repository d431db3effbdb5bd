import type { VectorRecord } from '#core';
import { IndexMemory, MemoryVectorIndex } from '#testkit';

type Stored = ReturnType<IndexMemory['generations']['get']>;

/** An index that writes in its own way, whatever the promises of the port are. */
function writing(write: (records: Map<string, VectorRecord>, record: VectorRecord, nth: number) => void) {
  return async (): Promise<MemoryVectorIndex> => {
    const memory = new IndexMemory();
    const index = new MemoryVectorIndex(memory);
    index.apply = async (generation, records) => {
      const stored: Stored = memory.generations.get(generation);
      // Refuses what the port refuses.
      if (stored === undefined) return MemoryVectorIndex.prototype.apply.call(index, generation, records);
      for (const [nth, record] of records.entries()) write(stored.records, record, nth);
      return { applied: records.length, stale: 0 };
    };
    return index;
  };
}

/** The last write wins. */
export const unguarded = writing((records, record) => {
  records.set(record.imageId, record);
});

/** What was there with the same version is replaced, by a failure too. */
export const takingEqualVersions = writing((records, record) => {
  const before = records.get(record.imageId);
  if (before === undefined || record.version >= before.version) records.set(record.imageId, record);
});

/** A deletion leaves nothing that would stop a late add. */
export const forgettingTombstones = writing((records, record) => {
  const before = records.get(record.imageId);
  if (before !== undefined && record.version < before.version) return;
  if (record.state === 'deleted') records.delete(record.imageId);
  else records.set(record.imageId, record);
});

/** Of a batch the first two are written, and all are acknowledged. */
export const cuttingBatches = writing((records, record, nth) => {
  const before = records.get(record.imageId);
  if (nth < 2 && (before === undefined || record.version >= before.version)) records.set(record.imageId, record);
});

/** With what is dropped goes what is searched. */
export async function droppingTheLiveOne(): Promise<MemoryVectorIndex> {
  const memory = new IndexMemory();
  const index = new MemoryVectorIndex(memory);
  index.dropGeneration = async (name) => {
    await MemoryVectorIndex.prototype.dropGeneration.call(index, name);
    memory.generations.delete(memory.live ?? name);
  };
  return index;
}
