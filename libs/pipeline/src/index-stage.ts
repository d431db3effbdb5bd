import {
  DEAD_LETTERS_TOPIC,
  type DeadLetter,
  decodeVectorRecord,
  type EventLog,
  encodeDeadLetter,
  isFault,
  type LogRecord,
  type LookalikeError,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from './batch-consumer.js';

/** image-vectors.<fingerprint> → one generation of the index, by guarded batch upserts. */
export function createIndexStage(log: EventLog, index: VectorIndex, generation: string): BatchHandler {
  return async (records) => {
    const decoded = records.map(decode);
    return async (isOwned) => {
      const owned = decoded.filter(({ source }) => isOwned(source));
      const broken = owned.flatMap((it) => ('deadLetter' in it ? [it.deadLetter] : []));
      if (broken.length > 0) await log.append(DEAD_LETTERS_TOPIC, broken.map(encodeDeadLetter));
      const readable = owned.flatMap((it) => ('record' in it ? [it.record] : []));
      if (readable.length > 0) await index.apply(generation, readable);
    };
  };
}

type Decoded = { source: LogRecord; record: VectorRecord } | { source: LogRecord; deadLetter: DeadLetter };

function decode(source: LogRecord): Decoded {
  try {
    return { source, record: decodeVectorRecord(source) };
  } catch (error) {
    if (isFault(error)) throw error;
    const { code, message } = error as LookalikeError;
    return { source, deadLetter: { reason: { code, message }, original: source } };
  }
}
