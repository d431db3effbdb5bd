import type { Kafka } from 'kafkajs';
import {
  checkForgettable,
  checkRecordSize,
  checkTopicConfig,
  type EventLog,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  type NextOffsets,
  type Position,
  type ReadOptions,
  type SubscribeOptions,
  type Subscription,
  type TopicConfig,
  type Watermarks,
} from '#core';
import { Closing } from './closing.js';
import { createClient, type KafkaSettings } from './kafka-settings.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { KafkaTopics } from './kafka-topics.js';
import { sizeOf } from './message-codec.js';
import { fetchCommitted, fetchWatermarks } from './offsets.js';
import { PartitionLeaders } from './partition-leaders.js';
import { RangeReader } from './range-reader.js';
import { SendQueue } from './send-queue.js';

/** The log in Kafka. Nothing is asked of the brokers before the first call that needs them. */
export function openKafkaLog(settings: KafkaSettings): EventLog {
  return new KafkaEventLog(createClient(settings), settings);
}

class KafkaEventLog implements EventLog {
  readonly #kafka: Kafka;
  readonly #settings: KafkaSettings;
  readonly #topics: KafkaTopics;
  readonly #sends: SendQueue;
  readonly #leaders: PartitionLeaders;
  readonly #reader: RangeReader;
  readonly #subscriptions = new Set<KafkaSubscription>();
  readonly #closing = new Closing();

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#topics = new KafkaTopics(kafka, settings);
    this.#sends = new SendQueue(kafka, settings, (topic) => this.#topics.partitionsOf(topic));
    this.#leaders = new PartitionLeaders(kafka);
    this.#reader = new RangeReader(this.#leaders);
  }

  async ensureTopic(topic: string, config: TopicConfig): Promise<void> {
    this.#closing.check();
    checkTopicConfig(config);
    await this.#closing.during(() => this.#topics.ensure(topic, config));
  }

  async checkTopic(topic: string, config: TopicConfig): Promise<void> {
    await this.#closing.during(() => this.#topics.check(topic, config));
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    this.#closing.check();
    for (const record of records) checkRecordSize(record.key, sizeOf(record), this.#settings.maxRecordBytes);
    if (records.length > 0) return this.#sends.append(topic, records);
    await this.#closing.during(() => this.#topics.partitionsOf(topic));
    return [];
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const partitions = await this.#closing.during(() => this.#topics.partitionsOf(options.topic));
    const subscription = new KafkaSubscription({
      ...options,
      kafka: this.#kafka,
      settings: this.#settings,
      partitions,
      onEnd: (it) => this.#subscriptions.delete(it),
    });
    this.#subscriptions.add(subscription);
    try {
      await this.#closing.during(() => subscription.start());
      return subscription;
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
  }

  async *read({ topic, partition, from, to }: ReadOptions): AsyncIterable<LogRecord> {
    const marks = (await this.watermarks(topic))[partition];
    if (marks === undefined) {
      throw new LookalikeError('invalid-request', `Topic ${topic} has no partition ${partition}.`);
    }
    const end = Math.min(to ?? marks.high, marks.high);
    for (let next = Math.max(from, marks.low); next < end; ) {
      const place = { topic, partition, from: next };
      const page = await this.#closing.during(() => this.#reader.page(place, end));
      for (const record of page.records) {
        if (record.offset >= end) return;
        this.#closing.check();
        yield record;
      }
      next = page.next;
    }
    this.#closing.check();
  }

  /** Of what is committed: `high` lies before the first record of a transaction that is open. */
  watermarks(topic: string): Promise<readonly Watermarks[]> {
    return this.#closing.during(async () => {
      const partitions = await this.#topics.partitionsOf(topic);
      return this.#leaders.ask(topic, (cluster) => fetchWatermarks(cluster, topic, partitions));
    });
  }

  committed(topic: string, group: string): Promise<NextOffsets> {
    return this.#closing.during(async () => {
      const partitions = await this.#topics.partitionsOf(topic);
      return this.#leaders.ask(topic, (cluster) => fetchCommitted(cluster, topic, partitions, group));
    });
  }

  /**
   * Kafka takes no single record out of a topic: compaction does, of keys that have a later one, and the topic's owner says how
   * soon. A partition is compacted up to the segment that is written to, which ends when something is written after that time.
   */
  async forget(topic: string, positions: readonly Position[]): Promise<number | null> {
    const marks = await this.watermarks(topic);
    for (const it of positions) checkForgettable(it, marks[it.partition]?.high ?? 0);
    return this.#closing.during(() => this.#topics.supersededForMs(topic));
  }

  async close(): Promise<void> {
    if (this.#closing.isClosed) return;
    this.#closing.close();
    await Promise.all([...this.#subscriptions].map((it) => it.end('log-closed')));
    await Promise.all([this.#sends.close(), this.#leaders.close()]);
    // Last: what was to be sent may have to ask for its topic.
    await this.#topics.close();
  }
}
