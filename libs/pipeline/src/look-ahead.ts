import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EventLog, IMAGE_EVENTS_TOPIC, type ImageId, isLookalikeError, type LogRecord } from '#core';
import type { IsOwned } from './batch-consumer.js';
import { LastOffsets } from './last-offsets.js';
import { loggedEvent } from './logged-event.js';

export interface LookAheadLimits {
  /** A partition is looked through when at least that many of its records are not handled. */
  readonly minLag: number;
  /**
   * Images remembered, all partitions of the topic together; each has an equal share, 25 to 38 bytes an image. Where a
   * partition has more, it is looked through as far as they fit, and again from there.
   */
  readonly maxImages: number;
}

/**
 * A thousand events are read in some 25 ms (from SQLite, on one of two cores), less than one of them takes to embed; they are
 * behind within a minute or two, so an image that changes often is not held back for long. Two million images take at most 50 MB.
 */
export const LOOK_AHEAD: LookAheadLimits = { minLag: 1_000, maxImages: 2_000_000 };

/** What is known of the records behind those of one batch. */
export interface Ahead {
  /** Whether a later event of the image was seen that will be taken, so that what this one says has no effect any more. */
  isOverwritten(source: LogRecord, imageId: ImageId): boolean;
  /** To be called when the batch's effect is durable: forgets what is passed, and what has moved to another owner. */
  done(isOwned: IsOwned): void;
}

/** Of one partition, from an offset on. */
interface Range {
  readonly last: LastOffsets;
  /** Everything below was looked at. */
  scanned: number;
  /** Where it ends, exclusive. */
  to: number;
}

/** The first and the last record of one partition in a batch. */
interface Span {
  readonly first: LogRecord;
  last: LogRecord;
}

/** Records between two turns of the event loop: some milliseconds. */
const RECORDS_PER_TURN = 256;

/**
 * Tells a stage that is far behind which events a later one of the same image overwrites. When the first batch of a partition
 * comes, the partition is read once to its high watermark, and again when that is passed, if the lag is still large.
 *
 * It only saves work. What was seen stays true, since a log never changes what it holds; the event that overwrites lies in
 * the same partition, so whoever owns that comes to it, whatever is delivered again and however partitions move. An
 * event that will be set aside overwrites nothing. What is remembered of a partition that moves away while no batch of it is under
 * way stays until it comes back, within the limit.
 */
export class LookAhead {
  readonly #ranges = new Map<number, Range>();
  /** Partitions are looked through one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param partitions of the topic. */
  constructor(
    private readonly log: EventLog,
    private readonly partitions: number,
    private readonly limits: LookAheadLimits,
  ) {}

  /** @throws what `EventLog.read` does, but for damage. What was seen until then need not be read again. */
  async of(records: readonly LogRecord[]): Promise<Ahead> {
    const spans = spansOf(records);
    const ranges = await this.#rangesOf(spans);
    for (const [partition, range] of ranges) await this.#scanned(partition, range);
    return {
      isOverwritten: ({ partition, offset }, imageId) => (ranges.get(partition)?.last.get(imageId) ?? -1) > offset,
      done: (isOwned) => {
        for (const [partition, { last }] of spans) {
          const range = ranges.get(partition);
          const isOver = range !== undefined && (!isOwned(last) || last.offset + 1 >= range.to);
          // Another batch may have begun another one.
          if (isOver && this.#ranges.get(partition) === range) this.#ranges.delete(partition);
        }
      },
    };
  }

  async #rangesOf(spans: ReadonlyMap<number, Span>): Promise<ReadonlyMap<number, Range>> {
    const isDue = ([partition, { first }]: readonly [number, Span]) =>
      first.offset >= (this.#ranges.get(partition)?.to ?? 0);
    if ([...spans].some(isDue)) {
      const marks = await this.log.watermarks(IMAGE_EVENTS_TOPIC);
      // Asked once more: another batch may have begun the same meanwhile.
      for (const [partition, { first }] of [...spans].filter(isDue)) {
        this.#ranges.set(partition, this.#begin(first.offset, marks[partition]?.high ?? 0));
      }
    }
    const ranges = new Map<number, Range>();
    for (const partition of spans.keys()) {
      const range = this.#ranges.get(partition);
      if (range !== undefined) ranges.set(partition, range);
    }
    return ranges;
  }

  #begin(from: number, high: number): Range {
    const last = new LastOffsets(from, Math.max(1, Math.floor(this.limits.maxImages / this.partitions)));
    if (high - from >= this.limits.minLag) return { last, scanned: from, to: high };
    // Nothing to look at, nor to ask for until as much has been handled.
    const to = from + this.limits.minLag;
    return { last, scanned: to, to };
  }

  #scanned(partition: number, range: Range): Promise<void> | undefined {
    if (range.scanned >= range.to) return undefined;
    const turn = this.#turn.then(() => this.#scan(partition, range));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Goes on where it was left, by the end of the range or by an error. */
  async #scan(partition: number, range: Range): Promise<void> {
    if (range.scanned >= range.to) return;
    const place = { topic: IMAGE_EVENTS_TOPIC, partition, from: range.scanned, to: range.to };
    let seen = 0;
    try {
      for await (const record of this.log.read(place)) {
        const imageId = loggedEvent(record, this.partitions)?.imageId;
        if (imageId !== undefined && !range.last.set(imageId, record.offset)) break;
        range.scanned = record.offset + 1;
        seen += 1;
        if (seen % RECORDS_PER_TURN === 0) await nextTurn();
      }
    } catch (error) {
      // What is before it can be handled, so it is looked at until there.
      if (!isLookalikeError(error) || error.code !== 'log-damaged') throw error;
    }
    // Also where the log holds no record just below the mark, as behind a transaction: else it was never passed.
    range.to = range.scanned;
  }
}

function spansOf(records: readonly LogRecord[]): ReadonlyMap<number, Span> {
  const spans = new Map<number, Span>();
  for (const record of records) {
    const span = spans.get(record.partition);
    if (span === undefined) spans.set(record.partition, { first: record, last: record });
    else span.last = record;
  }
  return spans;
}
