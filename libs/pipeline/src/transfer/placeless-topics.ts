import { CALIBRATIONS_TOPIC, DUPLICATE_DECISIONS_TOPIC } from '#core';

/**
 * Topics of one partition, kept for ever, whose records name no place in the log, so that they are moved as they are: a calibration
 * names an encoder, a decision about duplicates images and their bytes. What they are counted as, in the order of an export.
 */
export const PLACELESS_TOPICS = [
  { topic: CALIBRATIONS_TOPIC, kind: 'calibrations' },
  { topic: DUPLICATE_DECISIONS_TOPIC, kind: 'decisions' },
] as const;
