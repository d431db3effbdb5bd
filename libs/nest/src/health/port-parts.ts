import { type BlobStore, type EventLog, IMAGE_EVENTS_TOPIC, type VectorIndex } from '#core';
import { CheckedPart } from './checked-part.js';

/** Asked for only to see whether the store answers. */
const NO_BLOB = '0'.repeat(64);

/** The topic of the events may be deleted, cut or given partitions while everybody writes on. @param partitions of it. */
export const logPart = (log: EventLog, partitions: number) =>
  new CheckedPart('publish', () => log.checkTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' }));

export const indexPart = (index: VectorIndex) => new CheckedPart('search', () => index.check());

export const blobsPart = (blobs: BlobStore) => new CheckedPart('pictures', () => blobs.stat(NO_BLOB));
