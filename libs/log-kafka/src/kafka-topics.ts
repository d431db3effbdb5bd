import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { type Admin, ConfigResourceTypes, type Kafka } from 'kafkajs';
import { isLookalikeError, type TopicConfig } from '#core';
import { asLogError } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import { OnDemand } from './on-demand.js';
import { checkTopic, type FoundTopic, topicConfigs } from './topic-check.js';

/** The broker that is asked may hear of a new topic later than the one that made it. */
const WHILE_UNKNOWN = retry(handleWhen(isTopicUnknown), { maxAttempts: 40, backoff: new ConstantBackoff(250) });

/** Brokers that are coming up do so within 20 s: after that there are too few for the copies that are asked for. */
const WHILE_TOO_FEW_BROKERS = retry(handleWhen(isTooFewBrokers), {
  maxAttempts: 80,
  backoff: new ConstantBackoff(250),
});

/** Makes topics, and checks those that are there: one that cannot keep the log's promises stops the start. */
export class KafkaTopics {
  readonly #settings: KafkaSettings;
  readonly #admin: OnDemand<Admin>;
  readonly #partitions = new Map<string, number>();

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#settings = settings;
    this.#admin = new OnDemand(() => kafka.admin());
  }

  /** A topic that is there needs no permission to make one. */
  async ensure(topic: string, config: TopicConfig): Promise<void> {
    const found = (await this.#findIfThere(topic)) ?? (await this.#make(topic, config));
    this.#partitions.set(topic, found.partitions);
    checkTopic(topic, found, config, this.#settings);
  }

  /** As the brokers have it now. @throws `topic-unknown`, `topic-mismatch`, `log-unavailable`. */
  async check(topic: string, config: TopicConfig): Promise<void> {
    checkTopic(topic, await this.#find(topic), config, this.#settings);
  }

  /**
   * How long what is superseded stays at most, in milliseconds, once something is written behind it; `null` when nothing is ever
   * dropped. @throws `topic-unknown`.
   */
  async supersededForMs(topic: string): Promise<number | null> {
    const { configs } = await this.#find(topic);
    const lagMs = Number(configs.get('max.compaction.lag.ms'));
    return configs.get('cleanup.policy') === 'compact' && Number.isSafeInteger(lagMs) ? lagMs : null;
  }

  /** How many partitions a topic has; they never change. @throws `topic-unknown`. */
  async partitionsOf(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const { length } = await this.#partitionsFound(topic);
    this.#partitions.set(topic, length);
    return length;
  }

  /** It is gone; one that is made anew may have others. */
  forget(topic: string): void {
    this.#partitions.delete(topic);
  }

  /** Calls the admin client, which is connected when it is needed. @throws the port's errors. */
  async ask<T>(topic: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await question(await this.#admin.get());
    } catch (error) {
      throw asLogError(error, topic);
    }
  }

  close(): Promise<void> {
    return this.#admin.close();
  }

  async #findIfThere(topic: string): Promise<FoundTopic | null> {
    try {
      return await this.#find(topic);
    } catch (error) {
      if (isTopicUnknown(error)) return null;
      throw error;
    }
  }

  async #make(topic: string, { partitions, retention }: TopicConfig): Promise<FoundTopic> {
    const { replicationFactor, requestTimeoutMs } = this.#settings;
    const configEntries = Object.entries(topicConfigs(retention, this.#settings)).map(([name, value]) => ({
      name,
      value,
    }));
    await WHILE_TOO_FEW_BROKERS.execute(() =>
      this.ask(topic, (admin) =>
        admin.createTopics({
          waitForLeaders: true,
          timeout: requestTimeoutMs,
          topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
        }),
      ),
    ).catch((error: unknown) => {
      // It is made; the broker that is asked for its leaders has not heard of it yet.
      if (!isTopicUnknown(error)) throw error;
    });
    return WHILE_UNKNOWN.execute(() => this.#find(topic));
  }

  async #find(topic: string): Promise<FoundTopic> {
    const partitions = await this.#partitionsFound(topic);
    const { resources } = await this.ask(topic, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      }),
    );
    const entries = resources[0]?.configEntries ?? [];
    return {
      partitions: partitions.length,
      replicas: Math.min(...partitions.map((it) => it.replicas.length)),
      configs: new Map(entries.map((it) => [it.configName, it.configValue])),
    };
  }

  #partitionsFound(topic: string) {
    return this.ask(topic, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions ?? [];
    });
  }
}

function isTopicUnknown(error: unknown): boolean {
  return isLookalikeError(error) && error.code === 'topic-unknown';
}

function isTooFewBrokers(error: unknown): boolean {
  return isLookalikeError(error) && error.facts.kafkaType === 'INVALID_REPLICATION_FACTOR';
}
