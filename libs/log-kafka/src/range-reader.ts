import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { LogRecord } from '#core';
import { asLogError, kafkaTypeOf } from './kafka-errors.js';
import { type Cluster, createCluster, type FetchedMessage, READ_COMMITTED } from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';
import { OnDemand } from './on-demand.js';

const PAGE_BYTES = 2 ** 20;
const ATTEMPTS = 4;
const RETRY_MS = 200;
const MOVED = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'KafkaJSBrokerNotFound',
]);

/** Reads partitions without a group, straight from their leaders. */
export class RangeReader {
  readonly #cluster: OnDemand<Cluster>;

  constructor(kafka: Kafka) {
    this.#cluster = new OnDemand(() => createCluster(kafka));
  }

  /** A page of at most about 1 MiB, from the first record at `from` or behind it; empty when there is none. */
  async page(topic: string, partition: number, from: number): Promise<readonly LogRecord[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const messages = await this.#fetch(topic, partition, from);
        return messages
          .filter((it) => !it.isControlRecord && Number(it.offset) >= from)
          .map((it) => toRecord(topic, partition, it));
      } catch (error) {
        if (attempt === ATTEMPTS) throw asLogError(error, topic);
        await this.#recover(error);
      }
    }
  }

  close(): Promise<void> {
    return this.#cluster.drop();
  }

  async #fetch(topic: string, partition: number, from: number): Promise<readonly FetchedMessage[]> {
    const cluster = await this.#cluster.get();
    await cluster.addTargetTopic(topic);
    const leader = cluster.findTopicPartitionMetadata(topic).find((it) => it.partitionId === partition)?.leader;
    const broker = await cluster.findBroker({ nodeId: leader ?? -1 });
    const { responses } = await broker.fetch({
      isolationLevel: READ_COMMITTED,
      // Whatever is there is there: the caller reads below the high watermark.
      maxWaitTime: 1,
      minBytes: 1,
      maxBytes: PAGE_BYTES,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes: PAGE_BYTES }] }],
    });
    return responses[0]?.partitions[0]?.messages ?? [];
  }

  async #recover(error: unknown): Promise<void> {
    await sleep(RETRY_MS);
    if (!MOVED.has(kafkaTypeOf(error))) return;
    await (await this.#cluster.get()).refreshMetadata();
  }
}
