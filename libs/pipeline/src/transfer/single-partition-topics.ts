import { CALIBRATIONS_TOPIC, DUPLICATE_DECISIONS_TOPIC } from '#core';

/** Topics of one partition, kept for ever; in the order of an export, after the events that they name. */
export const SINGLE_PARTITION_TOPICS = [CALIBRATIONS_TOPIC, DUPLICATE_DECISIONS_TOPIC] as const;
