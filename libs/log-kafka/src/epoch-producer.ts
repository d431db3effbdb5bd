import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import { endedWithin } from '#core';
import type { KafkaSettings } from './kafka-settings.js';
import { type Cluster, createProducer, type ProducerIdentity } from './kafkajs-internals.js';
import { connected, STOP_LIMIT_MS } from './on-demand.js';

const CODECS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP } as const;

/** One producer of kafkajs, from connecting to its being given up. */
interface Life {
  readonly connected: Promise<Producer>;
  readonly fate: Fate;
}

interface Fate {
  isOver: boolean;
}

/** The epoch is 16 bits, signed. */
const LAST_EPOCH = 32_767;

/**
 * An idempotent producer that can be given up in the middle of a send. After a send that failed or took too long nobody
 * knows what the broker has taken or will still take. The next producer therefore goes on under the same id with a
 * higher epoch (KIP-360): the broker then refuses whatever the earlier one still has on its way to a partition in which
 * the later one has written. So a record that was given up is there before what was sent after it, or not at all.
 * One send at a time.
 */
export class EpochProducer {
  readonly #kafka: Kafka;
  readonly #settings: KafkaSettings;
  #life: Life | null = null;
  #identity: ProducerIdentity | null = null;

  constructor(kafka: Kafka, settings: KafkaSettings) {
    this.#kafka = kafka;
    this.#settings = settings;
  }

  /** @returns the offset of each partition's first message. */
  async send(topic: string, messages: Message[]): Promise<Map<number, number>> {
    this.#life ??= this.#begin();
    const producer = await this.#life.connected;
    const answers = await producer.send({
      topic,
      messages,
      acks: -1,
      timeout: this.#settings.requestTimeoutMs,
      compression: CODECS[this.#settings.compression],
    });
    return new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
  }

  /** Nothing more is sent of what is on its way; the next send begins another life. */
  async giveUp(): Promise<void> {
    const life = this.#life;
    this.#life = null;
    if (life === null) return;
    life.fate.isOver = true;
    await endedWithin(
      life.connected.then((producer) => producer.disconnect()),
      STOP_LIMIT_MS,
    );
  }

  #begin(): Life {
    const fate = { isOver: false };
    return { connected: this.#connect(fate), fate };
  }

  async #connect(fate: Fate): Promise<Producer> {
    const config = {
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Every message names its partition already.
      createPartitioner:
        () =>
        ({ message }: { message: Message }) =>
          message.partition ?? 0,
      retry: { retries: this.#settings.retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    };
    return connected(createProducer(this.#kafka, config, (cluster) => this.#adapt(cluster, fate)));
  }

  /** kafkajs looks for the topic before each try of a send, and for the broker right before its request. */
  #adapt(cluster: Cluster, fate: Fate): void {
    const stopIfOver = () => {
      if (fate.isOver) throw Object.assign(new Error('The send was given up.'), { retriable: false });
    };
    const [addTopics, findBroker] = [cluster.addMultipleTargetTopics.bind(cluster), cluster.findBroker.bind(cluster)];
    cluster.addMultipleTargetTopics = async (topics) => {
      stopIfOver();
      await addTopics(topics);
    };
    cluster.findBroker = async (node) => {
      const broker = await findBroker(node);
      stopIfOver();
      return broker;
    };
    const findController = cluster.findControllerBroker.bind(cluster);
    cluster.findControllerBroker = async () => {
      const broker = await findController();
      const initProducerId = async (request: unknown) => {
        const identity = this.#nextEpoch() ?? (await broker.initProducerId(request));
        stopIfOver();
        this.#identity = identity;
        return identity;
      };
      return Object.create(broker, { initProducerId: { value: initProducerId } });
    };
  }

  #nextEpoch(): ProducerIdentity | null {
    const last = this.#identity;
    if (last === null || last.producerEpoch >= LAST_EPOCH) return null;
    return { ...last, producerEpoch: last.producerEpoch + 1 };
  }
}
