import type { Kafka, Producer } from 'kafkajs';
import type { NewRecord, Position } from '#core';
import { partitionOf } from '#core';
import { asLogError, kafkaTypeOf } from './kafka-errors.js';
import { type KafkaSettings, maxMessageBytes } from './kafka-settings.js';
import { sizeOf, toMessage } from './message-codec.js';

interface Append {
  readonly topic: string;
  readonly records: readonly { readonly record: NewRecord; readonly partition: number; readonly sizeBytes: number }[];
  readonly positions: Position[];
  /** Nothing more of it is sent: its caller has been told. */
  hasFailed: boolean;
  resolve(positions: readonly Position[]): void;
  reject(error: unknown): void;
}

/** One record on its way, and where its position goes. */
interface Sent {
  readonly append: Append;
  readonly at: number;
}

/** A record's share of a record batch beside its own bytes. */
const RECORD_OVERHEAD_BYTES = 32;

/**
 * Appends that wait while one send is under way go together in the next: one record batch a partition, acknowledged by
 * all replicas in sync. One send at a time, which is what keeps the idempotent producer of kafkajs in order. What would
 * make a batch too large for the broker goes in the send after it.
 */
export class SendQueue {
  readonly #kafka: Kafka;
  readonly #settings: KafkaSettings;
  #waiting: Append[] = [];
  #running: Promise<void> | null = null;
  #producer: Promise<Producer> | null = null;

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#kafka = kafka;
    this.#settings = settings;
  }

  append(topic: string, records: readonly NewRecord[], partitions: number): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      const sized = records.map((record) => ({
        record,
        partition: partitionOf(record.key, partitions),
        sizeBytes: sizeOf(record) + RECORD_OVERHEAD_BYTES,
      }));
      this.#waiting.push({ topic, records: sized, positions: [], hasFailed: false, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Sends what was asked for before. */
  async close(): Promise<void> {
    await this.#running;
    const producer = await this.#producer?.catch(() => null);
    await producer?.disconnect().catch(() => undefined);
  }

  async #run(): Promise<void> {
    // Appends of this turn of the event loop go together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const appends = this.#waiting;
      this.#waiting = [];
      for (const sends of this.#sends(appends)) await this.#send(sends);
      for (const { hasFailed, positions, resolve } of appends) if (!hasFailed) resolve(positions);
    }
    // In the same turn in which the queue was seen empty: an append that comes now starts the next run.
    this.#running = null;
  }

  /** What goes out together, in order: never two batches of one partition, none above what the broker takes. */
  *#sends(appends: readonly Append[]): Iterable<readonly Sent[]> {
    const limit = maxMessageBytes(this.#settings) - RECORD_OVERHEAD_BYTES;
    let sends: Sent[] = [];
    let bytes = new Map<string, number>();
    for (const append of appends) {
      for (const [at, { partition, sizeBytes }] of append.records.entries()) {
        const place = `${append.topic}/${partition}`;
        const used = bytes.get(place) ?? 0;
        if (used > 0 && used + sizeBytes > limit) {
          yield sends;
          sends = [];
          bytes = new Map();
        }
        bytes.set(place, (bytes.get(place) ?? 0) + sizeBytes);
        sends.push({ append, at });
      }
    }
    if (sends.length > 0) yield sends;
  }

  async #send(all: readonly Sent[]): Promise<void> {
    const sends = all.filter(({ append }) => !append.hasFailed);
    if (sends.length === 0) return;
    const byTopic = new Map<string, Sent[]>();
    for (const it of sends) byTopic.set(it.append.topic, [...(byTopic.get(it.append.topic) ?? []), it]);
    try {
      const producer = await this.#connected();
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: this.#settings.requestTimeoutMs,
        compression: this.#settings.compression,
        topicMessages: [...byTopic].map(([topic, some]) => ({
          topic,
          messages: some.map(({ append, at }) => {
            const { record, partition } = append.records[at] as Append['records'][number];
            return toMessage(record, partition);
          }),
        })),
      });
      const next = new Map(
        answers.map(({ topicName, partition, baseOffset }) => [`${topicName}/${partition}`, Number(baseOffset)]),
      );
      for (const { append, at } of sends) {
        const { partition } = append.records[at] as Append['records'][number];
        const place = `${append.topic}/${partition}`;
        const offset = next.get(place) ?? Number.NaN;
        next.set(place, offset + 1);
        append.positions.push({ partition, offset });
      }
    } catch (error) {
      for (const append of new Set(sends.map((it) => it.append))) {
        append.hasFailed = true;
        append.reject(asLogError(error, append.topic));
      }
      await this.#forgetProducer(error);
    }
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect().catch((error) => {
      this.#producer = null;
      throw error;
    });
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Every message names its partition already.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      // An idempotent producer warns of fewer; the time is bounded by the requests' own limits.
      retry: { retries: this.#settings.retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    });
    await producer.connect();
    return producer;
  }

  /** After a failure nobody knows which sequence numbers the broker has seen: a new producer begins its own. */
  async #forgetProducer(error: unknown): Promise<void> {
    if (kafkaTypeOf(error) === 'MESSAGE_TOO_LARGE') return;
    const producer = await this.#producer?.catch(() => null);
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }
}
