import { ExponentialBackoff, handleAll, type RetryPolicy, retry } from 'cockatiel';
import type { BatchLimits, EventLog, LogRecord, Subscription } from '#core';
import { isLookalikeError } from '#core';

/** Tells whether a record's partition is still ours; what is no longer ours must not be written any more. */
export type IsOwned = (record: LogRecord) => boolean;

/** The durable outcome of a prepared batch. Repeating it changes nothing. */
export type Effect = (isOwned: IsOwned) => Promise<void>;

/**
 * Does the work of one batch that may overlap with other batches (fetch, decode, infer) and returns its effect.
 * Whatever it throws counts as a fault: it is called again, for ever, with a growing pause. A bad record is not a
 * fault: it belongs into the effect as an outcome.
 */
export type BatchHandler = (records: readonly LogRecord[]) => Promise<Effect>;

export interface BatchConsumerOptions {
  readonly log: EventLog;
  readonly topic: string;
  readonly group: string;
  readonly limits: BatchLimits;
  /** How many batches may be between fetch and commit. 1 means no work ahead. */
  readonly batchesAhead: number;
  readonly handler: BatchHandler;
  readonly retryDelayMs?: { readonly first: number; readonly max: number };
  /** Once per fault, not per retry; `null` when it is over. */
  readonly onFault?: (fault: Fault | null) => void;
}

export interface Fault {
  readonly during: 'fetch' | 'prepare' | 'effect' | 'commit';
  readonly error: unknown;
  readonly sinceMs: number;
}

interface BatchUnderWay {
  readonly records: readonly LogRecord[];
  readonly lostPartitions: Set<number>;
}

/**
 * Consumes a topic as one member of a group: preparation of several batches overlaps, effects happen strictly in the
 * order of the log, and a position is committed only after its effect is durable.
 */
export class BatchConsumer {
  readonly #options: BatchConsumerOptions;
  readonly #cancelled = new AbortController();
  readonly #underWay = new Set<BatchUnderWay>();
  readonly #retry: RetryPolicy;
  #subscription: Subscription | null = null;
  #running: Promise<void> = Promise.resolve();
  #settled: Promise<void> = Promise.resolve();
  #stopping = false;
  #fault: Fault | null = null;

  constructor(options: BatchConsumerOptions) {
    this.#options = options;
    const { first, max } = options.retryDelayMs ?? { first: 100, max: 10_000 };
    this.#retry = retry(handleAll, {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: first, maxDelay: max }),
    });
  }

  /** The fault that is being waited out, or `null`. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Resolves when the group is joined; consuming goes on until `stop`. */
  async start(): Promise<void> {
    const { log, topic, group, limits } = this.#options;
    this.#subscription = await log.subscribe({
      topic,
      group,
      limits,
      onRevoked: (partitions) => {
        for (const batch of this.#underWay) for (const lost of partitions) batch.lostPartitions.add(lost);
      },
    });
    this.#running = this.#consume(this.#subscription);
  }

  /** Takes no new work, finishes what is under way, leaves the group. What the limit cuts off is delivered again. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    const limit = setTimeout(() => this.#cancelled.abort(), limitMs);
    try {
      await this.#settled;
      await this.#subscription?.close();
      await this.#running;
    } finally {
      clearTimeout(limit);
    }
  }

  async #consume(subscription: Subscription): Promise<void> {
    const inFlight: Promise<void>[] = [];
    for (;;) {
      const records = await this.#untilItWorks('fetch', () => subscription.next());
      if (records === null || this.#stopping) break;
      const batch: BatchUnderWay = { records, lostPartitions: new Set() };
      this.#underWay.add(batch);
      const effect = this.#untilItWorks('prepare', () => this.#options.handler(records));
      this.#settled = this.#finish(this.#settled, batch, effect, subscription);
      inFlight.push(this.#settled);
      if (inFlight.length >= this.#options.batchesAhead) await inFlight.shift();
    }
    await this.#settled;
  }

  async #finish(
    previous: Promise<void>,
    batch: BatchUnderWay,
    prepared: Promise<Effect | null>,
    subscription: Subscription,
  ): Promise<void> {
    const [effect] = await Promise.all([prepared, previous]);
    if (effect !== null) {
      const isOwned: IsOwned = (record) => !batch.lostPartitions.has(record.partition);
      const done = await this.#untilItWorks('effect', async () => {
        await effect(isOwned);
        return true;
      });
      if (done !== null) await this.#commit(batch, isOwned, subscription);
    }
    this.#underWay.delete(batch);
  }

  async #commit(batch: BatchUnderWay, isOwned: IsOwned, subscription: Subscription): Promise<void> {
    await this.#untilItWorks('commit', async () => {
      const next = new Map<number, number>();
      for (const record of batch.records) if (isOwned(record)) next.set(record.partition, record.offset + 1);
      try {
        await subscription.commit(next);
      } catch (error) {
        // Its next owner repeats the effect, which changes nothing; the call's other partitions are committed.
        if (!isLookalikeError(error) || error.code !== 'partition-lost') throw error;
      }
    });
  }

  /** Calls until it succeeds, with growing pauses; `null` only when stopping has run out of time. */
  async #untilItWorks<T>(during: Fault['during'], call: () => Promise<T>): Promise<T | null> {
    let failed = false;
    try {
      const result = await this.#retry.execute(async () => {
        try {
          return await call();
        } catch (error) {
          failed = true;
          this.#report(during, error);
          throw error;
        }
      }, this.#cancelled.signal);
      if (failed) this.#recovered();
      return result;
    } catch (error) {
      if (this.#cancelled.signal.aborted) return null;
      throw error;
    }
  }

  #report(during: Fault['during'], error: unknown): void {
    if (this.#fault !== null) return;
    this.#fault = { during, error, sinceMs: Date.now() };
    this.#options.onFault?.(this.#fault);
  }

  #recovered(): void {
    if (this.#fault === null) return;
    this.#fault = null;
    this.#options.onFault?.(null);
  }
}
