import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { LogRecord } from '#core';
import { hideAborted } from './aborted-records.js';
import { asLogError, isMovedLeader } from './kafka-errors.js';
import { type Cluster, createCluster, type FetchedPartition, READ_COMMITTED } from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';
import { OnDemand } from './on-demand.js';

const PAGE_BYTES = 2 ** 20;
const ATTEMPTS = 6;
const RETRY_MS = 200;

export interface Page {
  readonly records: readonly LogRecord[];
  /** Everything below has been read. */
  readonly next: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
}

/** Reads partitions without a group, straight from their leaders: records of transactions only when committed. */
export class RangeReader {
  readonly #cluster: OnDemand<Cluster>;

  constructor(kafka: Kafka) {
    this.#cluster = new OnDemand(() => createCluster(kafka));
  }

  /**
   * A page of at most about 1 MiB, from `from` or behind it. It may hold no records, where all are of aborted
   * transactions, or gone by compaction up to `end`.
   * @param end an offset that was readable up to.
   * @throws `log-damaged` at a record batch that cannot be read, when everything before it has been; `log-unavailable`.
   */
  async page(place: Place, end: number): Promise<Page> {
    for (let attempt = 1; ; attempt++) {
      try {
        // The first batch is answered whole, however large. Should it be cut off all the same, more is asked for.
        const page = toPage(place, end, await this.#fetch(place, PAGE_BYTES * 2 ** (attempt - 1)));
        if (page !== null) return page;
        throw new Error(`The leader has nothing at offset ${place.from}, though ${end} was readable.`);
      } catch (error) {
        if (attempt >= ATTEMPTS || !asLogError(error).canRetry) throw asLogError(error, place.topic);
        await this.#recover(error);
      }
    }
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  async #fetch({ topic, partition, from }: Place, maxBytes: number): Promise<FetchedPartition | undefined> {
    const cluster = await this.#cluster.get();
    await cluster.addTargetTopic(topic);
    const leader = cluster.findTopicPartitionMetadata(topic).find((it) => it.partitionId === partition)?.leader;
    const broker = await cluster.findBroker({ nodeId: leader ?? -1 });
    const { responses } = await broker.fetch({
      isolationLevel: READ_COMMITTED,
      // Whatever is there is there: the caller reads below the high watermark.
      maxWaitTime: 1,
      minBytes: 1,
      maxBytes,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes }] }],
    });
    return responses[0]?.partitions[0];
  }

  async #recover(error: unknown): Promise<void> {
    await sleep(RETRY_MS);
    if (isMovedLeader(error)) await (await this.#cluster.get()).refreshMetadata();
  }
}

/**
 * `null` when the answer does not say what is there: the broker held it back, is behind the earlier leader, or cut it
 * off. Only an answer without a byte says that there is nothing, as far as it was readable.
 */
function toPage({ topic, partition, from }: Place, end: number, fetched: FetchedPartition | undefined): Page | null {
  if (fetched === undefined || fetched.isCut) return null;
  const last = fetched.messages.at(-1);
  if (last === undefined) return Number(fetched.lastStableOffset) >= end ? { records: [], next: end } : null;
  const records = hideAborted(fetched)
    .filter((it) => !it.isControlRecord && Number(it.offset) >= from)
    .map((it) => toRecord(topic, partition, it));
  return { records, next: Math.max(Number(last.offset), from) + 1 };
}
