import { LookalikeError } from './errors.js';

/** Where a record stands in a topic. Offsets of a partition only grow; they may have gaps after compaction. */
export interface Position {
  readonly partition: number;
  /** 0 or more, a safe integer. */
  readonly offset: number;
}

export function isPosition({ partition, offset }: Position): boolean {
  return [partition, offset].every((it) => Number.isSafeInteger(it) && it >= 0);
}

/**
 * An image's version is the offset of the event that made it. One imageId always hashes to one partition, so the
 * versions of one image are totally ordered; versions of different images are not comparable.
 */
export type Version = number;

export function parseVersion(value: unknown, field = 'version'): Version {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new LookalikeError('invalid-request', `${field} must be a whole number from 0 up.`, { facts: { field } });
  }
  return value;
}

/** For each partition, the offset of the next record wanted: the form in which progress is committed. */
export type NextOffsets = ReadonlyMap<number, number>;
