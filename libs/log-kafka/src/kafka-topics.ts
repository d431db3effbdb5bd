import { type Admin, ConfigResourceTypes, type Kafka } from 'kafkajs';
import { LookalikeError, type TopicConfig } from '#core';
import { asLogError } from './kafka-errors.js';
import { type KafkaSettings, maxMessageBytes } from './kafka-settings.js';
import { OnDemand } from './on-demand.js';

/** What a topic has that matters to its promises. */
interface FoundTopic {
  readonly partitions: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** Makes topics, and checks those that are there: one that cannot keep the log's promises stops the start. */
export class KafkaTopics {
  readonly #settings: KafkaSettings;
  readonly #admin: OnDemand<Admin>;
  readonly #partitions = new Map<string, number>();

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#settings = settings;
    this.#admin = new OnDemand(() => kafka.admin());
  }

  async ensure(topic: string, config: TopicConfig): Promise<void> {
    await this.ask(topic, (admin) =>
      admin.createTopics({
        waitForLeaders: true,
        timeout: this.#settings.requestTimeoutMs,
        topics: [
          {
            topic,
            numPartitions: config.partitions,
            replicationFactor: this.#settings.replicationFactor,
            configEntries: this.#configEntries(config),
          },
        ],
      }),
    );
    const found = await this.#find(topic);
    this.#partitions.set(topic, found.partitions);
    this.#check(topic, found, config);
  }

  /** How many partitions a topic has; they never change. @throws `topic-unknown`. */
  async partitionsOf(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const { partitions } = await this.#find(topic);
    this.#partitions.set(topic, partitions);
    return partitions;
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
    return this.#admin.drop();
  }

  #configEntries({ retention }: TopicConfig): { name: string; value: string }[] {
    const kept =
      retention === 'forever'
        ? { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }
        : { 'cleanup.policy': 'compact' };
    return Object.entries({ ...kept, 'max.message.bytes': String(maxMessageBytes(this.#settings)) }).map(
      ([name, value]) => ({ name, value }),
    );
  }

  async #find(topic: string): Promise<FoundTopic> {
    const partitions = await this.ask(topic, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    });
    const { resources } = await this.ask(topic, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      }),
    );
    const entries = resources[0]?.configEntries ?? [];
    return { partitions, configs: new Map(entries.map((it) => [it.configName, it.configValue])) };
  }

  #check(topic: string, found: FoundTopic, wanted: TopicConfig): void {
    const retention = retentionOf(found);
    if (found.partitions !== wanted.partitions || retention !== wanted.retention) {
      throw new LookalikeError(
        'topic-mismatch',
        `Topic ${topic} has ${found.partitions} partitions and retention "${retention}", not ${wanted.partitions} ` +
          `partitions and retention "${wanted.retention}".`,
        {
          facts: {
            topic,
            found: { partitions: found.partitions, retention },
            wanted: { partitions: wanted.partitions, retention: wanted.retention },
          },
        },
      );
    }
    const least = maxMessageBytes(this.#settings);
    const size = Number(found.configs.get('max.message.bytes') ?? least);
    if (size < least) {
      throw new LookalikeError('topic-mismatch', `Topic ${topic} takes messages up to ${size} bytes, not ${least}.`, {
        facts: { topic, found: { maxMessageBytes: size }, wanted: { maxMessageBytes: least } },
      });
    }
  }
}

/** A topic that is compacted and also deletes by time or size keeps neither promise. */
function retentionOf({ configs }: FoundTopic): string {
  const policy = configs.get('cleanup.policy');
  if (policy === 'compact') return 'compact';
  if (policy !== 'delete') return String(policy);
  const [ms, bytes] = [configs.get('retention.ms'), configs.get('retention.bytes')];
  return ms === '-1' && bytes === '-1' ? 'forever' : `delete after ${ms} ms or ${bytes} bytes`;
}
