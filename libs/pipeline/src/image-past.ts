import { decodeVectorRecord, IMAGE_EVENTS_TOPIC, type ImageId, type LogRecord, nullIfOutcome } from '#core';

/** An image up to one of its versions: what comes in under its id from there on is a new one. */
export interface ImagePast {
  readonly imageId: ImageId;
  /** Default: all of it. */
  readonly before?: number;
}

/** Whether an event, or a record of vectors under whichever key, is of that past. */
export function isOfPast({ imageId, before = Number.POSITIVE_INFINITY }: ImagePast, logged: LogRecord): boolean {
  if (logged.topic === IMAGE_EVENTS_TOPIC) return logged.key === imageId && logged.offset < before;
  const record = nullIfOutcome(() => decodeVectorRecord(logged));
  return record === null ? logged.key === imageId : record.imageId === imageId && record.version < before;
}
