import type { Kafka } from 'kafkajs';
import {
  checkForgettable,
  checkRecordSize,
  checkTopicConfig,
  type EventLog,
  isLookalikeError,
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
import type { Cluster } from './kafkajs-internals.js';
import { sizeOf } from './message-codec.js';
import { fetchCommitted, fetchWatermarks } from './offsets.js';
import { PartitionLeaders } from './partition-leaders.js';
import { RangeReader } from './range-reader.js';
import { Removals } from './removals.js';
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
  readonly #removals: Removals;
  readonly #subscriptions = new Set<KafkaSubscription>();
  readonly #closing = new Closing();

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#topics = new KafkaTopics(kafka, settings);
    this.#sends = new SendQueue(kafka, settings, (topic) => this.#topics.partitionsOf(topic));
    this.#leaders = new PartitionLeaders(kafka);
    this.#reader = new RangeReader(this.#leaders);
    this.#removals = new Removals(kafka, settings);
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
    if (records.length > 0) return this.#knowing(topic, () => this.#sends.append(topic, records));
    await this.#closing.during(() => this.#topics.partitionsOf(topic));
    return [];
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { topic } = options;
    const partitions = await this.#closing.during(() => this.#topics.partitionsOf(topic));
    const subscription = new KafkaSubscription({
      ...options,
      kafka: this.#kafka,
      settings: this.#settings,
      partitions,
      onEnd: (it) => this.#subscriptions.delete(it),
    });
    this.#subscriptions.add(subscription);
    try {
      await this.#knowing(topic, () => this.#closing.during(() => subscription.start()));
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
    return this.#ofPartitions(topic, (cluster, partitions) => fetchWatermarks(cluster, topic, partitions));
  }

  committed(topic: string, group: string): Promise<NextOffsets> {
    return this.#ofPartitions(topic, (cluster, partitions) => fetchCommitted(cluster, topic, partitions, group));
  }

  topicId(topic: string): Promise<string> {
    return this.#closing.during(() => this.#removals.topicId(topic));
  }

  dropTopic(topic: string, id: string): Promise<void> {
    return this.#closing.during(async () => {
      await this.#removals.drop(topic, id);
      await Promise.all([this.#forget(topic), this.#sends.forget(topic)]);
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

  forgetGroup(topic: string, group: string): Promise<void> {
    return this.#closing.during(() => this.#removals.forgetGroup(topic, group));
  }

  async close(): Promise<void> {
    if (this.#closing.isClosed) return;
    this.#closing.close();
    await Promise.all([...this.#subscriptions].map((it) => it.end('log-closed')));
    await Promise.all([this.#sends.close(), this.#leaders.close(), this.#removals.close()]);
    // Last: what was to be sent may have to ask for its topic.
    await this.#topics.close();
  }

  #ofPartitions<T>(topic: string, question: (cluster: Cluster, partitions: number) => Promise<T>): Promise<T> {
    return this.#closing.during(() =>
      this.#knowing(topic, async () => {
        const partitions = await this.#topics.partitionsOf(topic);
        return this.#leaders.ask(topic, (cluster) => question(cluster, partitions));
      }),
    );
  }

  /** Another process may have dropped the topic: then nothing that was known of it is true of one that is made anew. */
  async #knowing<T>(topic: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isLookalikeError(error) && error.code === 'topic-unknown') await this.#forget(topic);
      throw error;
    }
  }

  async #forget(topic: string): Promise<void> {
    this.#topics.forget(topic);
    await this.#leaders.forget(topic);
  }
}
