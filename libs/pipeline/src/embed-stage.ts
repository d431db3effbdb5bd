import {
  type DeadLetter,
  decodeLoggedEvent,
  type EventLog,
  encodeVectorRecord,
  type FailureReason,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  imageVectorsTopic,
  type LogRecord,
  type NewRecord,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from './batch-consumer.js';
import { setAside } from './dead-letters/set-aside.js';
import { reasonOf } from './outcome.js';
import type { PictureEmbedder } from './picture-embedder.js';
import { settleAll } from './settle-all.js';
import type { StageObserver } from './stage-observer.js';

/** What one event of the log becomes. `record` is absent when the event cannot even name its image. */
interface Outcome {
  readonly source: LogRecord;
  readonly record?: VectorRecord;
  readonly deadLetter?: DeadLetter;
}

/**
 * image-events → image-vectors.<fingerprint> and dead letters. A picture that cannot be embedded becomes a failed
 * record and a dead letter; a fault fails the whole batch, which the consumer repeats.
 */
export function createEmbedStage(log: EventLog, embedder: PictureEmbedder, observer: StageObserver = {}): BatchHandler {
  const vectorsTopic = imageVectorsTopic(embedder.encoder.fingerprint);
  // Fixed for the topic's life, so asked once.
  let partitions = 0;
  return async (records) => {
    if (partitions === 0) partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
    const entries = lastOfEachImage(records, partitions);
    const outcomes = await settleAll(entries.map((entry) => toOutcome(entry, embedder)));
    // A repeat of the effect need not look again; by then no more is ours than was before.
    let isSetAside = false;
    return async (isOwned) => {
      // Asked again before each append: a record of a lost partition, written after its new owner's newer one, would be
      // the last of its image and survive compaction.
      const owned = () => outcomes.filter(({ source }) => isOwned(source));
      // Dead letters first: once the vector record is there the index may show `failed`, and the reason must be found.
      if (!isSetAside) {
        const letters = owned().flatMap((it) => it.deadLetter ?? []);
        await setAside(log, letters);
        isSetAside = true;
        observer.setAside?.(letters);
      }
      await append(
        log,
        vectorsTopic,
        owned()
          .flatMap((it) => it.record ?? [])
          .map(encodeVectorRecord),
      );
    };
  };
}

type Read = { source: LogRecord; event: ImageEvent } | { source: LogRecord; reason: FailureReason };

/** Every event carries the whole state, so within a batch only the last one of each image has to be embedded. */
function lastOfEachImage(records: readonly LogRecord[], partitions: number): Read[] {
  const kept = new Map<string | symbol, Read>();
  for (const source of records) {
    const read = readEvent(source, partitions);
    if ('event' in read) {
      // Delete first: the entry moves to the end, so outcomes stay in the order of the log.
      kept.delete(read.event.imageId);
      kept.set(read.event.imageId, read);
    } else {
      kept.set(Symbol('unreadable'), read);
    }
  }
  return [...kept.values()];
}

function readEvent(source: LogRecord, partitions: number): Read {
  try {
    return { source, event: decodeLoggedEvent(source, partitions) };
  } catch (error) {
    return { source, reason: reasonOf(error) };
  }
}

/**
 * What one event becomes, by itself; neither record nor dead letter when `isWanted` says that its image has gone on.
 * @throws a fault.
 */
export async function outcomeOf(
  source: LogRecord,
  partitions: number,
  embedder: PictureEmbedder,
  isWanted: (event: ImageEvent) => Promise<boolean>,
): Promise<Outcome> {
  const read = readEvent(source, partitions);
  return 'event' in read && !(await isWanted(read.event)) ? { source } : toOutcome(read, embedder);
}

async function toOutcome(read: Read, embedder: PictureEmbedder): Promise<Outcome> {
  const { source } = read;
  if ('reason' in read) return { source, deadLetter: { reason: read.reason, original: source } };
  const { event } = read;
  const head = { imageId: event.imageId, version: source.offset, eventTimeMs: event.timeMs };
  if (event.kind === 'deleted') return { source, record: { ...head, state: 'deleted' } };
  try {
    const embedding = await embedder.embed(event.state);
    return { source, record: { ...head, state: 'ready', image: event.state, ...embedding } };
  } catch (error) {
    const reason = reasonOf(error);
    return {
      source,
      record: { ...head, state: 'failed', image: event.state, reason },
      deadLetter: { reason, original: source },
    };
  }
}

async function append(log: EventLog, topic: string, records: readonly NewRecord[]): Promise<void> {
  if (records.length > 0) await log.append(topic, records);
}
