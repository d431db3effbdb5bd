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
      return async (options: SubscribeOptions) =>
        injectFaults(new Redelivering(await target.subscribe(options), options, plan), plan, 'log-unavailable');
    },
  });
}

class Redelivering implements Subscription {
  private calls = 0;
  /** Batches handed out, oldest first; committed records drop out of them. */
  private handedOut: (readonly LogRecord[])[] = [];
  private again: (readonly LogRecord[])[] = [];
  private readonly committed = new Map<number, number>();

  constructor(
    private readonly inner: Subscription,
    private readonly options: SubscribeOptions,
    private readonly plan: FaultyLogPlan,
  ) {}

  async next(): Promise<readonly LogRecord[] | null> {
    this.calls += 1;
    const { redeliver, seed } = this.plan;
    if (redeliver !== undefined && strikes(redeliver, seed, 'redeliver', this.calls, 0)) await this.moveAwayAndBack();
    const batch = this.takeAgain() ?? (await this.inner.next());
    if (batch !== null) this.handedOut.push(batch);
    return batch;
  }

  async commit(next: NextOffsets): Promise<void> {
    await this.inner.commit(next);
    for (const [partition, offset] of next) {
      this.committed.set(partition, Math.max(offset, this.committed.get(partition) ?? 0));
    }
    this.handedOut = this.uncommitted(this.handedOut);
  }

  async close(): Promise<void> {
    this.again = [];
    await this.inner.close();
  }

  private async moveAwayAndBack(): Promise<void> {
    // What is still waiting to be delivered again comes after what was handed out since.
    this.again = this.uncommitted([...this.handedOut, ...this.again]);
    this.handedOut = [];
    const partitions = new Set(this.again.flat().map((record) => record.partition));
    if (partitions.size === 0) return;
    this.plan.onFault?.({ method: 'next', call: this.calls, fault: 'redeliver' });
    await this.options.onRevoked?.([...partitions]);
  }

  private takeAgain(): readonly LogRecord[] | undefined {
    this.again = this.uncommitted(this.again);
    return this.again.shift();
  }

  private uncommitted(batches: readonly (readonly LogRecord[])[]): (readonly LogRecord[])[] {
    const isOpen = ({ partition, offset }: LogRecord) => offset >= (this.committed.get(partition) ?? 0);
    return batches.map((batch) => batch.filter(isOpen)).filter((batch) => batch.length > 0);
  }
}
