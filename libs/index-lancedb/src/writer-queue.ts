import { setTimeout as sleep } from 'node:timers/promises';
import { isLookalikeError, LookalikeError } from '#core';
import type { AsIndexError } from './damage.js';
import type { TableFiles } from './table-files.js';

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 10;
const CONFLICT = /conflict|concurrent|too many attempts|retryable/i;

/**
 * Everything that changes one table, one at a time: merges of one new key that run side by side would make two rows of
 * it. Only the build of a first index runs beside the queue; a commit that collides with it is repeated here.
 */
export class WriterQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly files: TableFiles,
    private readonly asError: AsIndexError,
  ) {}

  /** Runs when everything before it is done. @throws `index-unavailable`, `index-damaged`. */
  run<T>(write: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LookalikeError('index-unavailable', 'The index is closed.'));
    const done = this.#tail.then(() => this.#attempt(write));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }

  async #attempt<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.files.assertThere();
        const result = await write();
        await this.files.sync();
        return result;
      } catch (cause) {
        if (isLookalikeError(cause)) throw cause;
        if (attempt === ATTEMPTS || !isConflict(cause)) {
          throw this.asError('The index cannot be written.', cause);
        }
        await sleep(FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  }
}

/** Whether another commit came in between, so that the same one may do when it is repeated. */
export function isConflict(error: unknown): boolean {
  return CONFLICT.test(String(error));
}
