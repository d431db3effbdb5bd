import { LookalikeError, type NextOffsets } from '#core';
import { GroupProgress } from './group-progress.js';
import { asLogError, isLostMembership } from './kafka-errors.js';
import type { Cluster, JoinedGroup } from './kafkajs-internals.js';

/**
 * What a member may commit: of the partitions that it has now, what was handed out since it got them. kafkajs commits
 * for whatever generation is current, and drops a commit in silence when the consumer does not run; here it carries the
 * generation that the records were handed out in.
 */
export class GroupClaims {
  readonly #topic: string;
  readonly #group: string;
  readonly #assigned = new Set<number>();
  readonly #progress = new GroupProgress();
  #generation: JoinedGroup | null = null;

  constructor(topic: string, group: string) {
    this.#topic = topic;
    this.#group = group;
  }

  get membership() {
    return { groupGenerationId: this.#generation?.generationId, memberId: this.#generation?.memberId };
  }

  joined(generation: JoinedGroup): void {
    this.#generation = generation;
  }

  assign(partitions: readonly number[]): void {
    for (const partition of partitions) this.#assigned.add(partition);
  }

  /** @returns the partitions that were claimed until now. */
  letGo(): readonly number[] {
    const partitions = [...this.#assigned];
    this.#assigned.clear();
    this.#progress.clear();
    return partitions;
  }

  handOut(partition: number, from: number, end: number, passed: number): void {
    this.#progress.handOut(partition, from, end, passed);
  }

  /** Commits what is never handed out where nothing else is left to do, or the group would never seem to be done. */
  async pass(cluster: Cluster, partition: number, from: number, end: number): Promise<void> {
    if (!this.#assigned.has(partition)) return;
    this.#progress.pass(partition, from, end);
    // Should it fail, the next commit of the partition covers it.
    await this.#commit(cluster, this.#progress.idle()).catch(() => undefined);
  }

  /** @throws `partition-lost`, `log-unavailable`. */
  async commit(cluster: Cluster, next: NextOffsets): Promise<void> {
    const claimed = [...next].filter(
      ([it, offset]) => this.#assigned.has(it) && this.#progress.isHandedOut(it, offset),
    );
    const isLost = await this.#commit(cluster, claimed);
    const lost = [...next.keys()].filter((partition) => isLost || !claimed.some(([it]) => it === partition));
    if (lost.length === 0) return;
    throw new LookalikeError('partition-lost', `Partitions ${lost.join(', ')} belong to another member of the group.`, {
      facts: { topic: this.#topic, group: this.#group, partitions: lost },
    });
  }

  /** @returns true when the generation is over, and with it the claim to all partitions. */
  async #commit(cluster: Cluster, next: readonly (readonly [partition: number, next: number])[]): Promise<boolean> {
    const offsets = next
      .map(([partition, offset]) => [partition, this.#progress.toCommit(partition, offset)] as const)
      .filter((it): it is readonly [number, number] => it[1] !== null);
    const generation = this.#generation;
    if (offsets.length === 0 || generation === null) return false;
    const partitions = offsets.map(([partition, offset]) => ({ partition, offset: String(offset), metadata: '' }));
    try {
      const coordinator = await cluster.findGroupCoordinator({ groupId: this.#group });
      await coordinator.offsetCommit({
        groupId: this.#group,
        groupGenerationId: generation.generationId,
        memberId: generation.memberId,
        topics: [{ topic: this.#topic, partitions }],
      });
    } catch (error) {
      if (isLostMembership(error)) return true;
      throw asLogError(error, this.#topic);
    }
    if (generation === this.#generation) {
      for (const [partition, offset] of offsets) this.#progress.commit(partition, offset);
    }
    return false;
  }
}
