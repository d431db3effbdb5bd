import type { VectorRecord } from './vector-record.js';

type Ranked = Pick<VectorRecord, 'version' | 'state'>;

/**
 * The guard of every index: the greater version wins. Of the same version a failure gives way to what is none, since the
 * same event may succeed when it is tried again, and then nothing takes that back.
 */
export function winsAgainst(record: Ranked, stored: Ranked): boolean {
  if (record.version !== stored.version) return record.version > stored.version;
  return stored.state === 'failed' && record.state !== 'failed';
}

/** Of each image the record that wins against all others: an index guards against what it holds, not within one write. */
export function newestPerImage(records: readonly VectorRecord[]): VectorRecord[] {
  const newest = new Map<string, VectorRecord>();
  for (const record of records) {
    const before = newest.get(record.imageId);
    if (before === undefined || winsAgainst(record, before)) newest.set(record.imageId, record);
  }
  return [...newest.values()];
}
