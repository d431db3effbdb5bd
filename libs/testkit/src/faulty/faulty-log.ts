import type { EventLog, LogRecord, NextOffsets, SubscribeOptions, Subscription } from '#core';
import { type FaultPlan, strikes } from './fault-plan.js';
import { type AsyncMethod, injectFaults } from './inject-faults.js';

/** Rules for `next` and `commit` are for every subscription of the log, each with calls counted for itself. */
export type FaultyLogPlan = FaultPlan<AsyncMethod<EventLog> | 'next' | 'commit'> & {
  /**
   * Before these calls of `next`, all partitions move away and come back: `onRevoked` is called, and what was handed
   * out and is not committed is delivered again.
   */
  readonly redeliver?: { readonly on: number | readonly number[] } | { readonly chance: number };
};

export function faultyLog(log: EventLog, plan: FaultyLogPlan): EventLog {
  if (plan.rules.next?.some(({ fault }) => fault === 'lost-acknowledgement')) {
    throw new Error('A log never loses a batch on its way out: plan `redeliver` instead.');
  }
  const faulty = injectFaults(log, plan, 'log-unavailable');
  return new Proxy(faulty, {
    get(target, name) {
      if (name !== 'subscribe') return Reflect.get(target, name);
      return async (options: SubscribeOptions) => {
        const batches = new HandedOut();
        const onRevoked: SubscribeOptions['onRevoked'] = async (lost) => {
          batches.forget(lost);
          await options.onRevoked?.(lost);
        };
        const inner = await target.subscribe({ ...options, onRevoked });
        return injectFaults(new Redelivering(inner, options, plan, batches), plan, 'log-unavailable');
      };
    },
  });
}

/** What was handed out and is not committed. */
class HandedOut {
  /** Oldest first; committed records drop out of them. */
  private batches: (readonly LogRecord[])[] = [];
  private again: (readonly LogRecord[])[] = [];
  private readonly committed = new Map<number, number>();

  add(batch: readonly LogRecord[]): void {
    this.batches.push(batch);
  }

  commit(next: NextOffsets): void {
    for (const [partition, offset] of next) {
      this.committed.set(partition, Math.max(offset, this.committed.get(partition) ?? 0));
    }
    this.batches = this.uncommitted(this.batches);
  }

  /** The log itself delivers what has moved again: handed out from here too, a record could come before an earlier one. */
  forget(partitions: readonly number[]): void {
    const stays = ({ partition }: LogRecord) => !partitions.includes(partition);
    this.batches = only(stays, this.batches);
    this.again = only(stays, this.again);
  }

  /** @returns the partitions of what is to be delivered again. */
  moveAwayAndBack(): ReadonlySet<number> {
    // What is still waiting to be delivered again comes after what was handed out since.
    this.again = this.uncommitted([...this.batches, ...this.again]);
    this.batches = [];
    return new Set(this.again.flat().map((record) => record.partition));
  }

  takeAgain(): readonly LogRecord[] | undefined {
    this.again = this.uncommitted(this.again);
    return this.again.shift();
  }

  close(): void {
    this.again = [];
  }

  private uncommitted(batches: readonly (readonly LogRecord[])[]): (readonly LogRecord[])[] {
    return only(({ partition, offset }) => offset >= (this.committed.get(partition) ?? 0), batches);
  }
}

function only(
  isWanted: (record: LogRecord) => boolean,
  batches: readonly (readonly LogRecord[])[],
): (readonly LogRecord[])[] {
  return batches.map((batch) => batch.filter(isWanted)).filter((batch) => batch.length > 0);
}

class Redelivering implements Subscription {
  private calls = 0;

  constructor(
    private readonly inner: Subscription,
    private readonly options: SubscribeOptions,
    private readonly plan: FaultyLogPlan,
    private readonly handedOut: HandedOut,
  ) {}

  async next(): Promise<readonly LogRecord[] | null> {
    this.calls += 1;
    const { redeliver, seed } = this.plan;
    if (redeliver !== undefined && strikes(redeliver, seed, 'redeliver', this.calls, 0)) await this.moveAwayAndBack();
    const batch = this.handedOut.takeAgain() ?? (await this.inner.next());
    if (batch !== null) this.handedOut.add(batch);
    return batch;
  }

  async commit(next: NextOffsets): Promise<void> {
    await this.inner.commit(next);
    this.handedOut.commit(next);
  }

  async close(): Promise<void> {
    this.handedOut.close();
    await this.inner.close();
  }

  private async moveAwayAndBack(): Promise<void> {
    const partitions = this.handedOut.moveAwayAndBack();
    if (partitions.size === 0) return;
    this.plan.onFault?.({ method: 'next', call: this.calls, fault: 'redeliver' });
    await this.options.onRevoked?.([...partitions]);
  }
}
