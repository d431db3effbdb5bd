import type { EventLog } from '#core';

export interface PartitionProgress {
  readonly partition: number;
  /** The next offset that will be written. */
  readonly end: number;
  /** The next offset to be handled; everything below is done. */
  readonly committed: number;
  /** Records between the two; an upper bound where compaction left gaps. */
  readonly lag: number;
}

export interface StageProgress {
  readonly topic: string;
  readonly group: string;
  readonly partitions: readonly PartitionProgress[];
  readonly lag: number;
}

/** How far a group has come. @throws `topic-unknown`. */
export async function stageProgress(log: EventLog, topic: string, group: string): Promise<StageProgress> {
  // Committed first: read the other way round, a busy stage could seem to be ahead of the end.
  const committed = await log.committed(topic, group);
  const partitions = (await log.watermarks(topic)).map(({ partition, low, high }) => {
    const next = committed.get(partition) ?? low;
    return { partition, end: high, committed: next, lag: Math.max(0, high - next) };
  });
  return { topic, group, partitions, lag: partitions.reduce((sum, it) => sum + it.lag, 0) };
}
