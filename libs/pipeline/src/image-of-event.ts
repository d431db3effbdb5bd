import { decodeLoggedEvent, type ImageId, type LogRecord } from '#core';
import { reasonOf } from './outcome.js';

/** The image that a record of `image-events` counts for; `null` for one that the embed stage sets aside. */
export function imageOfEvent(record: LogRecord, partitions: number): ImageId | null {
  try {
    return decodeLoggedEvent(record, partitions).imageId;
  } catch (error) {
    reasonOf(error);
    return null;
  }
}
