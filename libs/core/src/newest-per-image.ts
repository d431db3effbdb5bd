import type { VectorRecord } from './vector-record.js';

/** Of each image the record with the greatest version: an index guards against what it holds, not within one write. */
export function newestPerImage(records: readonly VectorRecord[]): VectorRecord[] {
  const newest = new Map<string, VectorRecord>();
  for (const record of records) {
    const before = newest.get(record.imageId);
    if (before === undefined || before.version < record.version) newest.set(record.imageId, record);
  }
  return [...newest.values()];
}
