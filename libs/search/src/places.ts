import { bulkhead, isBulkheadRejectedError, TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import { LookalikeError } from '#core';

export interface PlacesOptions {
  /** What has a place, in the plural. */
  readonly of: string;
  /** Under way at once. */
  readonly most: number;
  /** That may wait for a place; beyond, one is refused with `too-many-requests` at once. */
  readonly mostWaiting: number;
  /** What has not ended by then, waiting included, is `timed-out`. */
  readonly timeoutMs: number;
}

/** Places for work, a bounded queue before them, and a time limit over both. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #timeLimit;
  readonly #places;

  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#timeLimit = timeout(options.timeoutMs, TimeoutStrategy.Aggressive);
    this.#places = bulkhead(options.most, options.mostWaiting);
  }

  /** How many are at work, and how many wait for their turn. */
  get taken(): { readonly running: number; readonly waiting: number } {
    const { most, mostWaiting } = this.#options;
    return { running: most - this.#places.executionSlots, waiting: mostWaiting - this.#places.queueSlots };
  }

  /** @throws what `work` throws, `too-many-requests`, `timed-out`. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#timeLimit.execute(({ signal }) =>
        // The time limit stands outside: work that overran keeps its place until it has really ended. Its
        // signal stays out of the bulkhead, which would not call the next one in after an aborted one (cockatiel 3.2).
        this.#places.execute(async () => {
          signal.throwIfAborted();
          return work(signal);
        }),
      );
    } catch (cause) {
      throw this.#asOurError(cause);
    }
  }

  #asOurError(error: unknown): unknown {
    const { of, timeoutMs } = this.#options;
    if (isBulkheadRejectedError(error)) {
      return new LookalikeError('too-many-requests', `Too many ${of} are waiting. Try again in a moment.`, {
        cause: error,
      });
    }
    // Not `isTaskCancelledError`: in cockatiel 3.2 it looks for the mark of the bulkhead's error.
    if (error instanceof TaskCancelledError) {
      return new LookalikeError('timed-out', `There was no answer within ${timeoutMs / 1000} s.`, {
        cause: error,
        facts: { timeoutMs },
      });
    }
    return error;
  }
}
