/** The truth: every event, kept for ever, key = imageId. */
export const IMAGE_EVENTS_TOPIC = 'image-events';

/** One record: the name that this log gave itself. */
export const LOG_IDENTITY_TOPIC = 'log-identity';

/** What was imported into this log from another one, and whether that is finished. */
export const LOG_IMPORTS_TOPIC = 'log-imports';

/** What was decided of generations and has become of them, in one order for all; key = which index. */
export const INDEX_GENERATIONS_TOPIC = 'index-generations';

/** How copies are told from strangers by each encoder, measured on pictures of the collection; key = fingerprint, the last one counts. */
export const CALIBRATIONS_TOPIC = 'calibrations';

/** Of each image that is searchable, which pictures it is a copy of; derived, compacted to the last record of each imageId. */
export const COPY_LINKS_TOPIC = 'copy-links';

/** What was decided of duplicates, kept for ever, in one order for all; key = id of the decision. */
export const DUPLICATE_DECISIONS_TOPIC = 'duplicate-decisions';

/** Events set aside: the reason, the position and the whole original. */
export const DEAD_LETTERS_TOPIC = 'dead-letters';

/** What was done about dead letters, kept for ever, key = id of the letter. */
export const DEAD_LETTER_ACTIONS_TOPIC = 'dead-letter-actions';

/**
 * Derived by one encoder from the events, compacted to the last record of each key: an imageId for what the embed stage
 * made of the image's last event, a key of its own for what a redrive made of one event (docs/adr/0013).
 */
export function imageVectorsTopic(fingerprint: string): string {
  return `image-vectors.${fingerprint}`;
}

/** Fitted for one generation, and used by those that follow it; dropped with the last of them. */
export function projectionTopic(generation: string): string {
  return `vector-projection.${generation}`;
}
