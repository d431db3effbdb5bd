import { decodeLoggedEvent, type ImageEvent, type LogRecord, nullIfOutcome } from '#core';

/** The event that a record of `image-events` is; `null` of one that the embed stage sets aside, so that it changes nothing. */
export function loggedEvent(record: LogRecord, partitions: number): ImageEvent | null {
  return nullIfOutcome(() => decodeLoggedEvent(record, partitions));
}
