import { LookalikeError } from './errors.js';
import type { TopicConfig } from './ports/event-log.js';
import type { Position } from './position.js';

/** What every event log refuses, in one place, so that all of them refuse the same. */
export const EVENT_LOG_LIMITS = { partitions: 1024, keyBytes: 1024 } as const;

/** @throws `invalid-request`. */
export function checkTopicConfig({ partitions }: TopicConfig): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= EVENT_LOG_LIMITS.partitions) return;
  throw new LookalikeError(
    'invalid-request',
    `partitions must be a whole number from 1 to ${EVENT_LOG_LIMITS.partitions}.`,
  );
}

/**
 * @param sizeBytes of the record as this log counts it: key, value and headers.
 * @throws `record-too-large`.
 */
export function checkRecordSize(key: string, sizeBytes: number, maxRecordBytes: number): void {
  const keyBytes = Buffer.byteLength(key);
  if (sizeBytes <= maxRecordBytes && keyBytes <= EVENT_LOG_LIMITS.keyBytes) return;
  throw new LookalikeError('record-too-large', `A record of ${sizeBytes} bytes is too large.`, {
    facts: { sizeBytes, maxRecordBytes, keyBytes, maxKeyBytes: EVENT_LOG_LIMITS.keyBytes },
  });
}

/**
 * A partition's end is told by its last record.
 * @param high the next offset that will be written.
 * @throws `invalid-request`.
 */
export function checkForgettable({ partition, offset }: Position, high: number): void {
  if (offset < high - 1) return;
  throw new LookalikeError('invalid-request', `Nothing stands behind offset ${offset} of partition ${partition} yet.`, {
    facts: { partition, offset, high },
  });
}
