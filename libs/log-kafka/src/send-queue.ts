import { CompressionTypes, type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { type NewRecord, type Position, partitionOf } from '#core';
import { asLogError, kafkaTypeOf } from './kafka-errors.js';
import { type KafkaSettings, maxMessageBytes } from './kafka-settings.js';
import { sizeOf, toMessage } from './message-codec.js';
import { OnDemand } from './on-demand.js';

const CODECS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP } as const;

interface Append {
  readonly topic: string;
  readonly positions: Position[];
  /** Nothing more of it is sent: its caller has been told. */
  hasFailed: boolean;
  resolve(positions: readonly Position[]): void;
  reject(error: unknown): void;
}

/** One record on its way; its position goes to its append. */
interface Entry {
  readonly append: Append;
  readonly record: NewRecord;
  readonly partition: number;
  readonly sizeBytes: number;
}

/** A record's share of a record batch beside its own bytes. */
const RECORD_OVERHEAD_BYTES = 32;

/**
 * Appends that wait while one send is under way go together in the next: one record batch a partition, acknowledged by
 * all replicas in sync. One send at a time, which is what keeps the idempotent producer of kafkajs in order. What would
 * make a batch too large for the broker goes in the send after it.
 */
export class SendQueue {
  readonly #settings: KafkaSettings;
  readonly #producer: OnDemand<Producer>;
  #waiting: { readonly append: Append; readonly entries: readonly Entry[] }[] = [];
  #running: Promise<void> | null = null;

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#settings = settings;
    this.#producer = new OnDemand(() => createProducer(kafka, settings));
  }

  append(topic: string, records: readonly NewRecord[], partitions: number): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      const append: Append = { topic, positions: [], hasFailed: false, resolve, reject };
      const entries = records.map((record) => ({
        append,
        record,
        partition: partitionOf(record.key, partitions),
        sizeBytes: sizeOf(record) + RECORD_OVERHEAD_BYTES,
      }));
      this.#waiting.push({ append, entries });
      this.#running ??= this.#run();
    });
  }

  /** Sends what was asked for before. */
  async close(): Promise<void> {
    await this.#running;
    await this.#producer.drop();
  }

  async #run(): Promise<void> {
    // Appends of this turn of the event loop go together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const entries of this.#sends(waiting.flatMap((it) => it.entries))) await this.#send(entries);
      for (const { append } of waiting) if (!append.hasFailed) append.resolve(append.positions);
    }
    // In the same turn in which the queue was seen empty: an append that comes now starts the next run.
    this.#running = null;
  }

  /** What goes out together, in order: never two batches of one partition, none above what the broker takes. */
  *#sends(entries: readonly Entry[]): Iterable<readonly Entry[]> {
    const limit = maxMessageBytes(this.#settings) - RECORD_OVERHEAD_BYTES;
    let together: Entry[] = [];
    let bytes = new Map<string, number>();
    for (const entry of entries) {
      const used = bytes.get(placeOf(entry)) ?? 0;
      if (used > 0 && used + entry.sizeBytes > limit) {
        yield together;
        together = [];
        bytes = new Map();
      }
      bytes.set(placeOf(entry), (bytes.get(placeOf(entry)) ?? 0) + entry.sizeBytes);
      together.push(entry);
    }
    if (together.length > 0) yield together;
  }

  async #send(all: readonly Entry[]): Promise<void> {
    const entries = all.filter(({ append }) => !append.hasFailed);
    if (entries.length === 0) return;
    try {
      const producer = await this.#producer.get();
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: this.#settings.requestTimeoutMs,
        compression: CODECS[this.#settings.compression],
        topicMessages: messagesByTopic(entries),
      });
      const next = new Map(
        answers.map(({ topicName, partition, baseOffset }) => [`${topicName}/${partition}`, Number(baseOffset)]),
      );
      for (const entry of entries) {
        const offset = next.get(placeOf(entry)) ?? Number.NaN;
        next.set(placeOf(entry), offset + 1);
        entry.append.positions.push({ partition: entry.partition, offset });
      }
    } catch (error) {
      for (const append of new Set(entries.map((it) => it.append))) {
        append.hasFailed = true;
        append.reject(asLogError(error, append.topic));
      }
      // After another failure nobody knows which sequence numbers the broker has seen: a new producer begins its own.
      if (kafkaTypeOf(error) !== 'MESSAGE_TOO_LARGE') await this.#producer.drop();
    }
  }
}

function placeOf({ append, partition }: Entry): string {
  return `${append.topic}/${partition}`;
}

function messagesByTopic(entries: readonly Entry[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { append, record, partition } of entries) {
    const messages = byTopic.get(append.topic) ?? [];
    byTopic.set(append.topic, messages);
    messages.push(toMessage(record, partition));
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

function createProducer(kafka: Kafka, { retries }: KafkaSettings): Producer {
  return kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Every message names its partition already.
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    // An idempotent producer warns of fewer; the time is bounded by the requests' own limits.
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
}
