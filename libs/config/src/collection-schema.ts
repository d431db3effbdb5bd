import { wholeNumber } from './entry.js';

/** When pictures and thumbnails are deleted that nothing refers to any more. */
export const COLLECTION_SCHEMA = {
  everyHours: wholeNumber(
    'LOOKALIKE_BLOB_COLLECT_EVERY_HOURS',
    0,
    [0, 8760],
    'How long after one collection of unreferenced pictures the next one begins, in one of the processes that embed; 0 collects ' +
      'when somebody asks only. Set it where the store of pictures belongs to this log alone.',
  ),
  delayHours: wholeNumber(
    'LOOKALIKE_BLOB_COLLECT_DELAY_HOURS',
    24,
    [1, 8760],
    'How long nothing may refer to a picture before it is moved aside, and again before it is deleted. Longer than what is published ' +
      'straight to Kafka takes from its upload to its event.',
  ),
};
