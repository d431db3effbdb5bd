import { type BlobStore, type EventLog, IMAGE_EVENTS_TOPIC, type VectorIndex } from '#core';
import { CheckedPart } from './checked-part.js';

/** Asked for only to see whether the store answers. */
const NO_BLOB = '0'.repeat(64);

export const logPart = (log: EventLog) => new CheckedPart('publish', () => log.watermarks(IMAGE_EVENTS_TOPIC));

export const indexPart = (index: VectorIndex) => new CheckedPart('search', () => index.check());

export const blobsPart = (blobs: BlobStore) => new CheckedPart('pictures', () => blobs.stat(NO_BLOB));
