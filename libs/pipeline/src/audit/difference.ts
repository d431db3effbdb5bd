import type { ImageRecordState, Version } from '#core';

/** What the log's last event makes of an image. */
export interface Logged {
  readonly version: Version;
  readonly deleted: boolean;
}

/** What the index holds of an image. */
export interface Indexed {
  readonly version: Version;
  readonly state: ImageRecordState;
}

/**
 * `missing`: the log has it and the index has not. `stale`: the index has an older version. `extra`: the log never had
 * it. `resurrected`: deleted in the log and alive in the index, at that version or an older one. `ahead`: a greater
 * version than that of its last event, so the log was brought back to an earlier day. `wrong-state`: deleted in the
 * index at the version of an event that is no deletion.
 */
export type FoldDifference = 'missing' | 'stale' | 'extra' | 'resurrected' | 'ahead' | 'wrong-state';

/**
 * How one image of the index differs from the fold of the log; `null` where it does not.
 * @param end of the image's partition: the log has given no version from there on.
 */
export function difference(logged: Logged | null, indexed: Indexed | null, end: number): FoldDifference | null {
  if (indexed === null) return logged === null ? null : 'missing';
  if (logged === null) return indexed.version < end ? 'extra' : 'ahead';
  if (indexed.version > logged.version) return 'ahead';
  const isAlive = indexed.state !== 'deleted';
  if (logged.deleted && isAlive) return 'resurrected';
  if (indexed.version < logged.version) return 'stale';
  return !logged.deleted && !isAlive ? 'wrong-state' : null;
}
