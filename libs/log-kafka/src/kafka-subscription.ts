import type { Kafka } from 'kafkajs';
import { type LogRecord, LookalikeError, type NextOffsets, type SubscribeOptions, type Subscription } from '#core';
import { GroupMember } from './group-member.js';
import { asLogError } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import { Signal } from './signal.js';

export interface KafkaSubscriptionOptions extends SubscribeOptions {
  readonly kafka: Kafka;
  readonly settings: KafkaSettings;
  readonly partitions: number;
  readonly onEnd: (subscription: KafkaSubscription) => void;
}

/** A member that meets what its predecessor met crashes sooner: at its first fetch. */
const WORKS_AFTER_MS = 5_000;

/** Why a member is gone, and when what it was writing has ended. */
interface Crash {
  readonly error: unknown;
  readonly letGo: Promise<void>;
}

/**
 * A place in a group for as long as it is wanted, in one member after another: a member that crashed, stalled or was
 * thrown out is told of once, by `next()`, and the next call begins with a new one. How long to wait in between is for
 * the caller to decide.
 */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #wake = new Signal();
  #member: GroupMember | null = null;
  #owned = new Set<number>();
  #crash: Crash | null = null;
  /** When a member that began after a crash is taken to work, though it has no record yet. */
  #worksAtMs = Number.POSITIVE_INFINITY;
  #ended: 'no' | 'left' | 'log-closed' = 'no';

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
  }

  /** @throws `log-unavailable`, `topic-unknown`. */
  async start(): Promise<void> {
    const { kafka, settings, topic, group, partitions } = this.#options;
    const member = await GroupMember.start({
      kafka,
      settings,
      topic,
      group,
      partitions,
      onRecords: () => this.#wake.wake(),
      onRevoked: (lost) => this.#revoke(lost),
      onCrash: (error) => {
        // At once: whoever gets the partitions does not wait for the next call of `next`.
        const letGo = this.#revoke([...this.#owned]).catch(() => undefined);
        this.#crash = { error, letGo };
        this.#wake.wake();
      },
    });
    if (this.#ended === 'no') this.#member = member;
    else await member.close();
  }

  async next(): Promise<readonly LogRecord[] | null> {
    let deadlineMs = Number.POSITIVE_INFINITY;
    while (this.#ended === 'no') {
      if (this.#crash !== null) await this.#buryMember(this.#crash);
      if (this.#member === null) {
        await this.start();
        this.#worksAtMs = performance.now() + WORKS_AFTER_MS;
        continue;
      }
      const { count, isFull } = this.#member.batch(this.#options.limits);
      deadlineMs = count === 0 ? Number.POSITIVE_INFINITY : this.#deadline(deadlineMs);
      if (isFull || deadlineMs <= performance.now()) return this.#take(this.#member, count);
      // It works again: whoever waits for that need not wait for a record too.
      if (this.#worksAtMs <= performance.now()) return this.#take(this.#member, 0);
      await this.#wake.wait(Math.min(deadlineMs, this.#worksAtMs) - performance.now());
    }
    return null;
  }

  async commit(next: NextOffsets): Promise<void> {
    if (this.#ended === 'log-closed') throw new LookalikeError('log-closed', 'The log is closed.');
    if (this.#ended === 'no' && this.#member !== null) return this.#member.commit(next);
    const { topic, group } = this.#options;
    const facts = { topic, group, partitions: [...next.keys()] };
    throw new LookalikeError('partition-lost', 'This member has left the group.', { facts });
  }

  close(): Promise<void> {
    return this.end('left');
  }

  async end(how: 'left' | 'log-closed'): Promise<void> {
    if (this.#ended !== 'no') return;
    this.#ended = how;
    this.#wake.wake();
    this.#options.onEnd(this);
    await this.#member?.close();
  }

  #deadline(before: number): number {
    return Math.min(before, performance.now() + this.#options.limits.maxWaitMs);
  }

  #take(member: GroupMember, count: number): readonly LogRecord[] {
    this.#worksAtMs = Number.POSITIVE_INFINITY;
    const records = member.take(count);
    for (const { partition } of records) this.#owned.add(partition);
    return records;
  }

  /** What it had handed out is void: somebody else may get it now. @throws `log-unavailable`, always. */
  async #buryMember({ error, letGo }: Crash): Promise<never> {
    const member = this.#member;
    this.#member = null;
    this.#crash = null;
    this.#worksAtMs = Number.POSITIVE_INFINITY;
    await letGo;
    await member?.close();
    throw asLogError(error, this.#options.topic);
  }

  async #revoke(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.#owned.delete(partition);
    if (partitions.length > 0 && this.#ended === 'no') await this.#options.onRevoked?.(partitions);
  }
}
