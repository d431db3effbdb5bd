import { setMaxListeners } from 'node:events';
import { ExponentialBackoff, handleAll, type RetryPolicy, retry } from 'cockatiel';
import {
  type BatchLimits,
  type EventLog,
  endedWithin,
  isLookalikeError,
  type LogRecord,
  type Subscription,
} from '#core';

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
  /** For measurements. */
  readonly observer?: BatchObserver;
  /** When the first of possibly several batches begins to fail, not per retry; `null` when none fails any more. */
  readonly onFault?: (fault: Fault | null) => void;
}

/** Told of each batch's life. It must not throw. */
export interface BatchObserver {
  fetched(records: number): void;
  /** Each try of a step, however it ended. */
  tried(step: Fault['during'], seconds: number, failed: boolean): void;
  /** How many of its records were still ours. */
  committed(records: number): void;
}

export interface Fault {
  readonly during: 'fetch' | 'prepare' | 'effect' | 'commit';
  readonly error: unknown;
  readonly sinceMs: number;
  /** The batch; none where one is fetched. */
  readonly records: readonly LogRecord[];
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
  readonly #cutOff = new AbortController();
  readonly #underWay = new Set<BatchUnderWay>();
  /** Batches fail and recover independently; the oldest open fault is the one that is told. */
  readonly #faults = new Set<Fault>();
  readonly #retry: RetryPolicy;
  #subscription: Subscription | null = null;
  #running: Promise<void> = Promise.resolve();
  #settled: Promise<void> = Promise.resolve();
  /** The try of an effect that is being made; never rejects. */
  #writing: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(options: BatchConsumerOptions) {
    this.#options = options;
    // Every batch under way listens.
    setMaxListeners(0, this.#cutOff.signal);
    const { first, max } = options.retryDelayMs ?? { first: 100, max: 10_000 };
    this.#retry = retry(handleAll, {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: first, maxDelay: max }),
    });
  }

  /** The fault that is being waited out, or `null`. */
  get fault(): Fault | null {
    const [oldest = null] = this.#faults;
    return oldest;
  }

  /** Resolves when the group is joined; consuming goes on until `stop`. */
  async start(): Promise<void> {
    const { log, topic, group, limits } = this.#options;
    this.#subscription = await log.subscribe({
      topic,
      group,
      limits,
      onRevoked: async (partitions) => {
        for (const batch of this.#underWay) for (const lost of partitions) batch.lostPartitions.add(lost);
        // What was begun while they were ours may land until it ends: the next owner must not write before that.
        await this.#writing;
      },
    });
    this.#running = this.#consume(this.#subscription);
    this.#running.catch(ignoreCutOff);
  }

  /**
   * Takes no new work, finishes what is under way within the limit, and leaves the group, for which the log has a limit of its
   * own. What is cut off, by the limit or by a fault, which may never pass, is not committed, nor is anything behind it, so
   * all of it is delivered again.
   */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    const endMs = performance.now() + limitMs;
    if (this.#faults.size > 0) this.#cutOff.abort();
    const limit = setTimeout(() => this.#cutOff.abort(), limitMs);
    try {
      await this.#settled.catch(ignoreCutOff);
      // What was begun may land until it ends, and the next owner must not write before that.
      await endedWithin(this.#writing, Math.max(0, endMs - performance.now()));
      await this.#subscription?.close();
      await this.#running.catch(ignoreCutOff);
    } finally {
      clearTimeout(limit);
    }
  }

  async #consume(subscription: Subscription): Promise<void> {
    const inFlight: Promise<void>[] = [];
    for (;;) {
      const records = await this.#untilItWorks('fetch', [], () => subscription.next());
      if (records === null || this.#stopping) break;
      if (records.length === 0) continue;
      this.#options.observer?.fetched(records.length);
      const batch: BatchUnderWay = { records, lostPartitions: new Set() };
      this.#underWay.add(batch);
      const prepared = this.#untilItWorks('prepare', records, () => this.#options.handler(records));
      this.#settled = this.#finish(this.#settled, batch, prepared, subscription);
      this.#settled.catch(ignoreCutOff);
      inFlight.push(this.#settled);
      if (inFlight.length >= this.#options.batchesAhead) await inFlight.shift();
    }
    await this.#settled;
  }

  /** Rejects when it was cut off, and with it everything behind it: a later commit would pass over what is undone. */
  async #finish(
    previous: Promise<void>,
    batch: BatchUnderWay,
    prepared: Promise<Effect>,
    subscription: Subscription,
  ): Promise<void> {
    try {
      const [effect] = await Promise.all([prepared, previous]);
      const isOwned: IsOwned = (record) => !batch.lostPartitions.has(record.partition);
      await this.#untilItWorks('effect', batch.records, () => {
        const written = effect(isOwned);
        this.#writing = written.catch(() => undefined);
        return written;
      });
      await this.#untilItWorks('commit', batch.records, () => this.#commit(batch, isOwned, subscription));
    } finally {
      this.#underWay.delete(batch);
    }
  }

  async #commit(batch: BatchUnderWay, isOwned: IsOwned, subscription: Subscription): Promise<void> {
    const next = new Map<number, number>();
    const owned = batch.records.filter(isOwned);
    for (const { partition, offset } of owned) next.set(partition, offset + 1);
    try {
      await subscription.commit(next);
      this.#options.observer?.committed(owned.length);
    } catch (error) {
      // Its next owner repeats the effect, which changes nothing; the call's other partitions are committed.
      if (!isLookalikeError(error) || error.code !== 'partition-lost') throw error;
    }
  }

  /** Calls until it succeeds, with growing pauses. Rejects only when a stop has run out of time. */
  async #untilItWorks<T>(during: Fault['during'], records: readonly LogRecord[], call: () => Promise<T>): Promise<T> {
    const { signal } = this.#cutOff;
    let fault: Fault | null = null;
    const tried = this.#retry.execute(async () => {
      // The policy's pause does not listen to the signal: what wakes from it late must not begin again.
      signal.throwIfAborted();
      try {
        return await this.#observed(during, call);
      } catch (error) {
        fault ??= this.#open({ during, error, sinceMs: Date.now(), records });
        throw error;
      }
    }, signal);
    try {
      return await untilAborted(tried, signal);
    } finally {
      if (fault !== null) this.#close(fault);
    }
  }

  async #observed<T>(step: Fault['during'], call: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    let failed = true;
    try {
      const result = await call();
      failed = false;
      return result;
    } finally {
      this.#options.observer?.tried(step, (performance.now() - startMs) / 1000, failed);
    }
  }

  #open(fault: Fault): Fault {
    this.#faults.add(fault);
    if (this.#stopping) this.#cutOff.abort();
    if (this.#faults.size === 1) this.#options.onFault?.(fault);
    return fault;
  }

  #close(fault: Fault): void {
    this.#faults.delete(fault);
    if (this.#faults.size === 0 && !this.#cutOff.signal.aborted) this.#options.onFault?.(null);
  }
}

/** What a stop cut off has nobody to tell: it will be delivered again. */
function ignoreCutOff(): void {}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
