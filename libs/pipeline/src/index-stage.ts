import {
  carriedVectors,
  checkRecordVectors,
  type DeadLetter,
  decodeVectorRecord,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  type LogRecord,
  LookalikeError,
  partitionOf,
  reasonOf,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from './batch-consumer.js';
import { setAside } from './dead-letters/set-aside.js';
import type { StageObserver } from './stage-observer.js';

/**
 * image-vectors.<fingerprint> → one generation of the index, by guarded batch upserts. A record that the generation can
 * never take is set aside, so that it stops nobody behind it.
 */
export function createIndexStage(
  log: EventLog,
  index: VectorIndex,
  generation: Pick<Generation, 'name' | 'schema'>,
  observer: StageObserver = {},
): BatchHandler {
  return async (records) => {
    const decoded = records.map((record) => decodeFor(generation, record));
    return async (isOwned) => {
      const owned = () => decoded.filter(({ source }) => isOwned(source));
      const taken = owned().flatMap((it) => ('record' in it ? [it.record] : []));
      if (taken.length > 0) {
        const { stale } = await index.apply(generation.name, taken);
        if (stale > 0) await requireNotAhead(log, index, generation, taken);
      }
      // Last: while the index is away the effect is repeated, and the letters are kept for ever.
      const refused = owned().flatMap((it) => ('deadLetter' in it ? [it.deadLetter] : []));
      await setAside(log, refused);
      observer.setAside?.(refused);
      for (const record of taken) observer.visible?.(record);
    };
  };
}

/**
 * What was there already, or something newer, is nothing new: batches are repeated. But a version that the log has not
 * given yet is of another life of this log, from which it was brought back to an earlier day; every change would lose
 * against it without a word.
 */
async function requireNotAhead(
  log: EventLog,
  index: VectorIndex,
  { name }: Pick<Generation, 'name'>,
  batch: readonly VectorRecord[],
) {
  const ids = [...new Set(batch.map(({ imageId }) => imageId))];
  const [marks, stored] = await Promise.all([
    log.watermarks(IMAGE_EVENTS_TOPIC),
    index.fetch(ids, { generation: name }),
  ]);
  const ends = new Map(marks.map(({ partition, high }) => [partition, high]));
  for (const { imageId, version } of stored) {
    // Of the image's events: a record that was made again lies elsewhere in the vectors topic.
    const partition = partitionOf(imageId, marks.length);
    const end = ends.get(partition) ?? 0;
    if (version < end) continue;
    throw new LookalikeError(
      'log-mismatch',
      `The index holds version ${version} of an image whose partition ends at ${end} in the log, so the log was brought ` +
        'back to an earlier state than the index has seen. Bring back the newer log, or delete the index: the next start ' +
        'builds it from this one.',
      { facts: { imageId, partition, version, end } },
    );
  }
}

type Decoded = { source: LogRecord; record: VectorRecord } | { source: LogRecord; deadLetter: DeadLetter };

/** The record, if the generation can take it. */
export function decodeFor({ schema }: Pick<Generation, 'schema'>, source: LogRecord): Decoded {
  try {
    const record = decodeVectorRecord(source);
    checkRecordVectors(record, { vectors: carriedVectors(schema) });
    return { source, record };
  } catch (error) {
    return { source, deadLetter: { reason: reasonOf(error), original: source } };
  }
}
