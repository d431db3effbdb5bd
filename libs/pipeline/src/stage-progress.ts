import type { EventLog, Position, Watermarks } from '#core';

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

/** Whether everything below the marks was handled, though compaction or a transaction may have left nothing to commit there. */
export async function hasPassed(
  log: EventLog,
  topic: string,
  group: string,
  marks: readonly Position[],
): Promise<boolean> {
  const committed = await log.committed(topic, group);
  for (const { partition, offset } of marks) {
    const from = committed.get(partition) ?? 0;
    if (from < offset && (await hasRecord(log, topic, partition, from, offset))) return false;
  }
  return true;
}

async function hasRecord(log: EventLog, topic: string, partition: number, from: number, to: number): Promise<boolean> {
  for await (const _ of log.read({ topic, partition, from, to })) return true;
  return false;
}

export async function endOf(log: EventLog, topic: string): Promise<readonly Position[]> {
  return endsIn(await log.watermarks(topic));
}

export function endsIn(watermarks: readonly Watermarks[]): readonly Position[] {
  return watermarks.map(({ partition, high }) => ({ partition, offset: high }));
}
