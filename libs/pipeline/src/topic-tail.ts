import { type EventLog, type LogRecord, LookalikeError, type Position, partitionOf } from '#core';
import { recordAt } from './record-at.js';

export interface TopicTailOptions<T> {
  readonly log: EventLog;
  readonly topic: string;
  /** Whose progress ends the tail: what the group has committed is no longer part of it. */
  readonly group: string;
  /** `null` for a record that the group will set aside: it hides nothing of its key. */
  readonly read: (record: LogRecord) => T | null;
  /** Keys remembered per partition, about 150 bytes each. */
  readonly maxKeys: number;
}

export interface Last<T> {
  /** `null` when no readable record of the key waits. */
  readonly value: T | null;
  /** Records before it that the group has not handled; fewer where compaction left gaps. */
  readonly ahead: number;
  /** Where the key's partition ended: everything below was looked at. */
  readonly end: Position;
}

interface PartitionTail {
  /** Everything below has been looked at. */
  scanned: number;
  /** The last readable offset of each key that is not committed yet; in the order of the offsets. */
  readonly last: Map<string, number>;
  /** Look-ups of one partition take turns, so that each record is read once. */
  turn: Promise<unknown>;
}

/**
 * Finds the last readable record of a key among those that a group has not handled yet. Each record is read once, however many
 * look-ups there are: what was seen is remembered as key and offset until the group has committed it.
 */
export class TopicTail<T> {
  readonly #options: TopicTailOptions<T>;
  readonly #partitions = new Map<number, PartitionTail>();

  constructor(options: TopicTailOptions<T>) {
    this.#options = options;
  }

  /** @throws `overloaded` when more keys wait than may be remembered; `topic-unknown`. */
  async last(key: string): Promise<Last<T>> {
    const { log, topic, group, read } = this.#options;
    const marks = await log.watermarks(topic);
    const partition = partitionOf(key, marks.length);
    const { low = 0, high = 0 } = marks[partition] ?? {};
    const tail = this.#tailOf(partition);
    const caughtUp = tail.turn.then(async () => {
      const from = Math.max(low, (await log.committed(topic, group)).get(partition) ?? low);
      await this.#catchUp(partition, tail, from, high);
      return from;
    });
    tail.turn = caughtUp.catch(() => {});
    const from = await caughtUp;
    const offset = tail.last.get(key);
    const record = offset === undefined ? null : await recordAt(log, topic, { partition, offset });
    const end = { partition, offset: high };
    return record === null ? { value: null, ahead: 0, end } : { value: read(record), ahead: record.offset - from, end };
  }

  async #catchUp(partition: number, tail: PartitionTail, from: number, to: number): Promise<void> {
    const { log, topic, read, maxKeys } = this.#options;
    for (const [key, offset] of tail.last) {
      if (offset >= from) break;
      tail.last.delete(key);
    }
    const next = Math.max(from, tail.scanned);
    if (next >= to) return;
    for await (const record of log.read({ topic, partition, from: next, to })) {
      const { key, offset } = record;
      if (key !== null && read(record) !== null) {
        // Deleted first, so that the map stays in the order of the offsets.
        tail.last.delete(key);
        tail.last.set(key, offset);
      }
      tail.scanned = offset + 1;
      if (tail.last.size > maxKeys) {
        throw new LookalikeError('overloaded', 'Too many events are waiting to tell what became of an image.', {
          facts: { topic, maxKeys },
        });
      }
    }
    tail.scanned = Math.max(tail.scanned, to);
  }

  #tailOf(partition: number): PartitionTail {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const tail: PartitionTail = { scanned: 0, last: new Map(), turn: Promise.resolve() };
    this.#partitions.set(partition, tail);
    return tail;
  }
}
