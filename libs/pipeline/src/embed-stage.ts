import {
  type DeadLetter,
  decodeLoggedEvent,
  type EventLog,
  encodeVectorRecord,
  type FailureReason,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type ImageId,
  imageVectorsTopic,
  type LogRecord,
  type NewRecord,
  reasonOf,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from './batch-consumer.js';
import { setAside } from './dead-letters/set-aside.js';
import { type Ahead, LOOK_AHEAD, LookAhead, type LookAheadLimits } from './look-ahead.js';
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
 * record and a dead letter; a fault fails the whole batch, which the consumer repeats. An event that a later one of its image
 * overwrites, in the batch or as far as was looked ahead, comes to nothing: the later one says all that counts (docs/adr/0019).
 */
export function createEmbedStage(
  log: EventLog,
  embedder: PictureEmbedder,
  observer: StageObserver = {},
  limits: LookAheadLimits = LOOK_AHEAD,
): BatchHandler {
  const vectorsTopic = imageVectorsTopic(embedder.encoder.fingerprint);
  // Fixed for the topic's life, so asked once.
  let partitions = 0;
  let lookAhead: LookAhead | null = null;
  return async (records) => {
    if (partitions === 0) partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
    lookAhead ??= new LookAhead(log, partitions, limits);
    const ahead = await lookAhead.of(records);
    const { kept, overwritten } = lastOfEachImage(records, partitions, ahead);
    const outcomes = await settleAll(kept.map((entry) => toOutcome(entry, embedder)));
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
      ahead.done(isOwned);
      observer.overwritten?.(overwritten.filter(isOwned).length);
    };
  };
}

export type Read = { source: LogRecord; event: ImageEvent } | { source: LogRecord; reason: FailureReason };

interface LastOfEach {
  /** In the order of the log. */
  readonly kept: readonly Read[];
  readonly overwritten: readonly LogRecord[];
}

/** Every event carries the whole state, so only the last one of each image has to be embedded. */
function lastOfEachImage(records: readonly LogRecord[], partitions: number, ahead: Ahead): LastOfEach {
  const kept = new Map<ImageId | symbol, Read>();
  const overwritten: LogRecord[] = [];
  for (const source of records) {
    const read = readEvent(source, partitions);
    if (!('event' in read)) {
      kept.set(Symbol('unreadable'), read);
      continue;
    }
    const { imageId } = read.event;
    const before = kept.get(imageId);
    if (before !== undefined) overwritten.push(before.source);
    // Deleted first: the entry moves to the end, so outcomes stay in the order of the log.
    kept.delete(imageId);
    if (ahead.isOverwritten(source, imageId)) overwritten.push(source);
    else kept.set(imageId, read);
  }
  return { kept: [...kept.values()], overwritten };
}

/** The event, or why it is set aside. */
export function readEvent(source: LogRecord, partitions: number): Read {
  try {
    return { source, event: decodeLoggedEvent(source, partitions) };
  } catch (error) {
    return { source, reason: reasonOf(error) };
  }
}

/** What one event becomes, by itself. @throws a fault. */
export async function toOutcome(read: Read, embedder: PictureEmbedder): Promise<Outcome> {
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
