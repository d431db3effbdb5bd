import { type ImageId, type StoredRecord, VECTOR_INDEX_LIMITS } from '#core';
import type { AuditedPorts } from './spilled-sides.js';

/** What the generation holds of these images, however many they are. @throws faults of the index, the signal's reason. */
export async function* storedRecords(
  { index, generation: { name: generation }, signal }: AuditedPorts,
  ids: readonly ImageId[],
): AsyncGenerator<StoredRecord> {
  for (let at = 0; at < ids.length; at += VECTOR_INDEX_LIMITS.fetchIds) {
    signal?.throwIfAborted();
    yield* await index.fetch(ids.slice(at, at + VECTOR_INDEX_LIMITS.fetchIds), { generation });
  }
}
