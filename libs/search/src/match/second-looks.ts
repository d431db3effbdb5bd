import { join } from 'node:path';
import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import { Piscina } from 'piscina';
import { LookalikeError } from '#core';
import type { Alignment } from '../second-look/index.js';
import type { LookTask } from './look-task.js';

export interface SecondLooksOptions {
  readonly threads: number;
  /** Tasks that may wait for a thread; beyond, one is refused with `too-many-requests` at once. */
  readonly maxWaiting: number;
}

/** Second looks in threads of their own: arithmetic that would hold up everything else. */
export class SecondLooks {
  readonly #pool: Piscina<LookTask, readonly Alignment[]>;
  // Not the pool's own limit: it does not count tasks with a signal (piscina 5.3).
  readonly #places;
  readonly #maxWaiting: number;

  constructor({ threads, maxWaiting }: SecondLooksOptions) {
    this.#pool = new Piscina({ filename: join(__dirname, 'look-task.js'), minThreads: 1, maxThreads: threads });
    this.#places = bulkhead(threads, maxWaiting);
    this.#maxWaiting = maxWaiting;
  }

  /** Tasks that wait for a thread. */
  get waiting(): number {
    return this.#maxWaiting - this.#places.queueSlots;
  }

  /** Of each candidate, in their order. One that has begun ends, some 60 ms later. @throws `too-many-requests`; what `signal` is aborted with. */
  async look(task: LookTask, signal: AbortSignal): Promise<readonly Alignment[]> {
    if (task.candidates.length === 0) return [];
    try {
      return await this.#places.execute(() => {
        signal.throwIfAborted();
        return this.#pool.run(task);
      });
    } catch (error) {
      if (!isBulkheadRejectedError(error)) throw error;
      const detail = 'Too many searches wait for a second look. Try again in a moment.';
      throw new LookalikeError('too-many-requests', detail, { cause: error });
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
