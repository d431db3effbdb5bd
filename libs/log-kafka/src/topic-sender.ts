import type { Kafka } from 'kafkajs';
import { type NewRecord, partitionOf } from '#core';
import { EpochProducer } from './epoch-producer.js';
import { asLogError } from './kafka-errors.js';
import { type KafkaSettings, maxMessageBytes } from './kafka-settings.js';
import { sizeOf, toMessage } from './message-codec.js';
import { type PendingAppend, untilOver } from './pending-append.js';

/** One record on its way; its position goes to its append. */
interface Entry {
  readonly append: PendingAppend;
  readonly record: NewRecord;
  readonly partition: number;
  readonly sizeBytes: number;
}

/** A record's share of a record batch beside its own bytes. */
const RECORD_OVERHEAD_BYTES = 32;

/**
 * Appends to one topic that wait while one send is under way go together in the next: one record batch a partition,
 * acknowledged by all replicas in sync. One send at a time, which is what keeps the idempotent producer of kafkajs in
 * order. What would make a batch too large for the broker goes in the send after it.
 */
export class TopicSender {
  readonly #topic: string;
  readonly #limitBytes: number;
  readonly #partitionsOf: (topic: string) => Promise<number>;
  readonly #producer: EpochProducer;
  #waiting: PendingAppend[] = [];
  #running: Promise<void> | null = null;

  constructor(topic: string, kafka: Kafka, settings: KafkaSettings, partitionsOf: (topic: string) => Promise<number>) {
    this.#topic = topic;
    this.#limitBytes = maxMessageBytes(settings) - RECORD_OVERHEAD_BYTES;
    this.#partitionsOf = partitionsOf;
    this.#producer = new EpochProducer(kafka, settings);
  }

  add(append: PendingAppend): void {
    this.#waiting.push(append);
    this.#running ??= this.#run();
  }

  /** Sends what was asked for before, as far as there is time for it. */
  async close(): Promise<void> {
    await this.#running;
    await this.#producer.giveUp();
  }

  async #run(): Promise<void> {
    // Appends of this turn of the event loop go together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const appends = this.#waiting;
      this.#waiting = [];
      await this.#sendAll(appends);
    }
    // In the same turn in which the queue was seen empty: an append that comes now starts the next run.
    this.#running = null;
  }

  async #sendAll(appends: readonly PendingAppend[]): Promise<void> {
    try {
      const partitions = await untilOver(appends, this.#partitionsOf(this.#topic));
      for (const entries of this.#sends(appends.flatMap((it) => entriesOf(it, partitions)))) {
        await this.#sendOrGiveUp(entries.filter(({ append }) => !append.isOver));
      }
      for (const append of appends) append.resolve();
    } catch (error) {
      for (const append of appends) append.reject(asLogError(error, this.#topic));
    }
  }

  async #sendOrGiveUp(entries: readonly Entry[]): Promise<void> {
    const appends = [...new Set(entries.map((it) => it.append))];
    if (appends.length === 0) return;
    try {
      await untilOver(appends, this.#send(entries));
    } catch (error) {
      void this.#producer.giveUp();
      for (const append of appends) append.reject(asLogError(error, this.#topic));
    }
  }

  /** What goes out together, in order: never two batches of one partition, none above what the broker takes. */
  *#sends(entries: readonly Entry[]): Iterable<readonly Entry[]> {
    let together: Entry[] = [];
    let bytes = new Map<number, number>();
    for (const entry of entries) {
      const used = bytes.get(entry.partition) ?? 0;
      if (used > 0 && used + entry.sizeBytes > this.#limitBytes) {
        yield together;
        together = [];
        bytes = new Map();
      }
      bytes.set(entry.partition, (bytes.get(entry.partition) ?? 0) + entry.sizeBytes);
      together.push(entry);
    }
    if (together.length > 0) yield together;
  }

  /**
   * kafkajs sends a partition whose leader was lost to its next one only if that has not answered for other partitions
   * already; else it says that all is well. What it gave no offset for is sent again; the broker knows it, should it be
   * there.
   */
  async #send(entries: readonly Entry[]): Promise<void> {
    const next = new Map<number, number>();
    for (let left = entries; left.length > 0; left = left.filter(({ partition }) => !next.has(partition))) {
      const messages = left.map(({ record, partition }) => toMessage(record, partition));
      const answered = await this.#producer.send(this.#topic, messages);
      if (answered.size === 0) throw new Error('No partition was confirmed.');
      for (const [partition, offset] of answered) next.set(partition, offset);
    }
    for (const { append, partition } of entries) {
      const offset = next.get(partition) ?? Number.NaN;
      next.set(partition, offset + 1);
      append.place({ partition, offset });
    }
  }
}

function entriesOf(append: PendingAppend, partitions: number): Entry[] {
  return append.records.map((record) => ({
    append,
    record,
    partition: partitionOf(record.key, partitions),
    sizeBytes: sizeOf(record) + RECORD_OVERHEAD_BYTES,
  }));
}
