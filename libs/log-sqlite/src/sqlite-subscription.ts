import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  endedWithin,
  type LogRecord,
  type LookalikeError,
  type NextOffsets,
  type SubscribeOptions,
  type Subscription,
} from '#core';
import { type RecordStore, type StoredTopic, sizeOf } from './record-store.js';
import { asLogError } from './storage-errors.js';

/** Longer than any write takes whose disk or log works. */
const REVOKE_LIMIT_MS = 30_000;

export interface SubscriptionOwner {
  commit(subscription: SqliteSubscription, next: NextOffsets): Promise<void>;
  leave(subscription: SqliteSubscription): void;
}

/** Reads its partitions in turn. Woken by appends, reassignments and close; never polls. */
export class SqliteSubscription implements Subscription {
  /**
   * Partition → next offset to read; `null` stands for the committed one. The order is the turn: a partition that was
   * read goes to the end.
   */
  private readonly cursors = new Map<number, number | null>();
  /** Read and not handed out yet. */
  private pending: LogRecord[] = [];
  private pendingBytes = 0;
  private hasEnded = false;
  private endedBy: LookalikeError | null = null;
  private hasFailed = false;
  private wakeUp: () => void = () => {};

  constructor(
    private readonly store: RecordStore,
    readonly topic: StoredTopic,
    readonly options: SubscribeOptions,
    private readonly owner: SubscriptionOwner,
  ) {}

  async next(): Promise<readonly LogRecord[] | null> {
    // A caller that only reads, and always finds something, must not keep timers and requests from running.
    await nextTurn();
    let deadlineMs = Number.POSITIVE_INFINITY;
    while (!this.hasEnded) {
      const hadFailed = this.hasFailed;
      const isFull = this.tryFill();
      // It works again: whoever waits for that need not wait for a record too.
      if (hadFailed && this.pending.length === 0) return [];
      if (this.pending.length === 0) deadlineMs = Number.POSITIVE_INFINITY;
      else deadlineMs = Math.min(deadlineMs, performance.now() + this.options.limits.maxWaitMs);
      if (isFull || deadlineMs <= performance.now()) return this.takePending();
      await this.wokenBefore(deadlineMs);
    }
    if (this.endedBy !== null) throw this.endedBy;
    return null;
  }

  get isClosed(): boolean {
    return this.hasEnded;
  }

  commit(next: NextOffsets): Promise<void> {
    return this.owner.commit(this, next);
  }

  async close(): Promise<void> {
    if (this.hasEnded) return;
    this.end();
    this.owner.leave(this);
  }

  /** @param why what its reader is told. */
  end(why: LookalikeError | null = null): void {
    if (!this.hasEnded) this.endedBy = why;
    this.hasEnded = true;
    this.wake();
  }

  /**
   * The partitions go to another member: what is uncommitted of them is its to read again. Resolves when nothing of
   * them is being written here any more, or after a limit: a member that hangs must not keep them for ever.
   */
  async revoke(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.cursors.delete(partition);
    this.pending = this.pending.filter(({ partition }) => !partitions.includes(partition));
    this.pendingBytes = this.pending.reduce((sum, it) => sum + sizeOf(it, JSON.stringify(it.headers)), 0);
    if (this.hasEnded || this.options.onRevoked === undefined) return;
    await endedWithin(this.options.onRevoked(partitions), REVOKE_LIMIT_MS);
  }

  grant(partitions: readonly number[]): void {
    for (const partition of partitions) this.cursors.set(partition, null);
    this.wake();
  }

  wake(): void {
    this.wakeUp();
  }

  private tryFill(): boolean {
    try {
      const isFull = this.fill();
      this.hasFailed = false;
      return isFull;
    } catch (error) {
      this.hasFailed = true;
      throw asLogError(error);
    }
  }

  /** Reads on until a limit is met. @returns whether one is. @throws `log-unavailable`; nothing read is lost. */
  private fill(): boolean {
    const { maxRecords, maxBytes } = this.options.limits;
    for (const [partition, cursor] of [...this.cursors]) {
      const from = cursor ?? this.committed(partition);
      const high = this.store.highOf(this.topic, partition);
      if (from >= high) continue;
      const limits = { maxRecords: maxRecords - this.pending.length, maxBytes: maxBytes - this.pendingBytes };
      const page = this.store.page(this.topic, partition, from, high, limits);
      const overflows = this.pending.length > 0 && page.sizeBytes > limits.maxBytes;
      if (overflows) return true;
      this.cursors.delete(partition);
      this.cursors.set(partition, (page.records.at(-1)?.offset ?? from - 1) + 1);
      this.pending.push(...page.records);
      this.pendingBytes += page.sizeBytes;
      if (page.isFull) return true;
    }
    return false;
  }

  private committed(partition: number): number {
    return this.store.committed(this.topic, this.options.group).get(partition) ?? 0;
  }

  private takePending(): readonly LogRecord[] {
    const batch = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    return batch;
  }

  private wokenBefore(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const leftMs = deadlineMs - performance.now();
      const timer = Number.isFinite(leftMs) ? setTimeout(() => this.wake(), Math.max(0, leftMs)) : undefined;
      this.wakeUp = () => {
        clearTimeout(timer);
        this.wakeUp = () => {};
        resolve();
      };
    });
  }
}
