import {
  checkRecordVectors,
  DEAD_LETTERS_TOPIC,
  type DeadLetter,
  decodeVectorRecord,
  type EventLog,
  encodeDeadLetter,
  type Generation,
  type LogRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from './batch-consumer.js';
import { reasonOf } from './outcome.js';
import type { StageObserver } from './stage-observer.js';

/**
 * image-vectors.<fingerprint> → one generation of the index, by guarded batch upserts. A record that the generation can
 * never take is set aside, so that it stops nobody behind it.
 */
export function createIndexStage(
  log: EventLog,
  index: VectorIndex,
  generation: Generation,
  observer: StageObserver = {},
): BatchHandler {
  return async (records) => {
    const decoded = records.map((record) => decodeFor(generation, record));
    return async (isOwned) => {
      const owned = decoded.filter(({ source }) => isOwned(source));
      const refused = owned.flatMap((it) => ('deadLetter' in it ? [it.deadLetter] : []));
      if (refused.length > 0) await log.append(DEAD_LETTERS_TOPIC, refused.map(encodeDeadLetter));
      for (const { reason } of refused) observer.setAside?.(reason);
      const taken = owned.flatMap((it) => ('record' in it ? [it.record] : []));
      if (taken.length > 0) await index.apply(generation.name, taken);
      for (const record of taken) observer.visible?.(record);
    };
  };
}

type Decoded = { source: LogRecord; record: VectorRecord } | { source: LogRecord; deadLetter: DeadLetter };

/** The record, if the generation can take it. */
export function decodeFor({ schema }: Generation, source: LogRecord): Decoded {
  try {
    const record = decodeVectorRecord(source);
    checkRecordVectors(record, schema);
    return { source, record };
  } catch (error) {
    return { source, deadLetter: { reason: reasonOf(error), original: source } };
  }
}
