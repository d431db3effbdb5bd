import type { LogRecord } from '#core';
import { hideAborted } from './aborted-records.js';
import { asLogError } from './kafka-errors.js';
import { type Cluster, type FetchedPartition, READ_COMMITTED } from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';
import type { PartitionLeaders } from './partition-leaders.js';

const PAGE_BYTES = 2 ** 20;

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
  constructor(private readonly leaders: PartitionLeaders) {}

  /**
   * A page of at most about 1 MiB, from `from` or behind it. It may hold no records, where all are of aborted
   * transactions, or gone by compaction up to `end`.
   * @param end an offset that was readable up to.
   * @throws `log-damaged` at a record batch that cannot be read, when everything before it has been; `log-unavailable`.
   */
  page(place: Place, end: number): Promise<Page> {
    const read = async (cluster: Cluster, attempt: number) => {
      // The first batch is answered whole, however large. Should it be cut off all the same, more is asked for.
      const page = toPage(place, end, await fetchFrom(cluster, place, PAGE_BYTES * 2 ** (attempt - 1)));
      if (page !== null) return page;
      throw new Error(`The leader has nothing at offset ${place.from}, though ${end} was readable.`);
    };
    return this.leaders.ask(place.topic, read, (error) => asLogError(error).canRetry);
  }
}

async function fetchFrom(
  cluster: Cluster,
  { topic, partition, from }: Place,
  maxBytes: number,
): Promise<FetchedPartition | undefined> {
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
