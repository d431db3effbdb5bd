import type { NextOffsets, Watermarks } from '#core';
import type { Cluster } from './kafkajs-internals.js';

/** Of all partitions of a topic, in their order. @throws what the brokers answer; kafkajs' error for an unknown leader. */
export async function fetchWatermarks(
  cluster: Cluster,
  topic: string,
  partitions: number,
): Promise<readonly Watermarks[]> {
  const [low, high] = [
    await fetchOffsets(cluster, topic, partitions, true),
    await fetchOffsets(cluster, topic, partitions, false),
  ];
  return numbered(partitions).map(({ partition }) => ({
    partition,
    low: offsetOf(low, partition),
    high: offsetOf(high, partition),
  }));
}

/** Where a group stands, of the partitions where it has committed. @throws what its coordinator answers. */
export async function fetchCommitted(
  cluster: Cluster,
  topic: string,
  partitions: number,
  groupId: string,
): Promise<NextOffsets> {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: [{ topic, partitions: numbered(partitions) }],
  });
  const found = responses.flatMap((it) => it.partitions);
  return new Map(found.map((it) => [it.partition, Number(it.offset)] as const).filter(([, offset]) => offset >= 0));
}

function numbered(partitions: number) {
  return Array.from({ length: partitions }, (_, partition) => ({ partition }));
}

async function fetchOffsets(cluster: Cluster, topic: string, partitions: number, fromBeginning: boolean) {
  const topics = [{ topic, partitions: numbered(partitions), fromBeginning }];
  const found = (await cluster.fetchTopicsOffset(topics)).flatMap((it) => it.partitions);
  return new Map(found.map((it) => [it.partition, Number(it.offset)]));
}

function offsetOf(offsets: ReadonlyMap<number, number>, partition: number): number {
  const offset = offsets.get(partition);
  if (offset === undefined) throw new UnknownLeader(`Nobody is known to lead partition ${partition}.`);
  return offset;
}

/** kafkajs passes over partitions whose leaders it does not know. */
class UnknownLeader extends Error {
  readonly type = 'LEADER_NOT_AVAILABLE';
}
