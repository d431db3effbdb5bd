import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLookalikeError, LookalikeError } from '#core';
import { syncFolder } from './manifest.js';

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 10;
const CONFLICT = /conflict|concurrent|too many attempts|retryable/i;
/** Where a merge leaves files, in the order in which they must be durable: the manifest names the others. */
const FOLDERS = ['data', '_deletions', '_indices', '_transactions', '_versions'];

/**
 * Everything that changes one table, one at a time: merges of one new key that run side by side would make two rows of
 * it. Only the build of a first index runs beside the queue; a commit that collides with it is repeated here.
 */
export class WriterQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #synced = new Set<string>();

  /** @param folder of the table's files. */
  constructor(private readonly folder: string) {}

  /** Runs when everything before it is done. @throws `index-unavailable`. */
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
        const result = await write();
        await this.#sync();
        return result;
      } catch (cause) {
        if (isLookalikeError(cause)) throw cause;
        if (attempt === ATTEMPTS || !CONFLICT.test(String(cause))) {
          throw new LookalikeError('index-unavailable', 'The index cannot be written.', { cause });
        }
        await sleep(FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  }

  /** LanceDB leaves writing to the system: without this, a power loss could take back what `apply` has promised. */
  async #sync(): Promise<void> {
    const present = new Set<string>();
    for (const name of FOLDERS) {
      const folder = join(this.folder, name);
      const files = await readdir(folder, { recursive: name === '_indices' }).catch(() => []);
      const fresh = files.map((it) => join(folder, it)).filter((it) => !this.#synced.has(it));
      for (const file of files) present.add(join(folder, file));
      for (const file of fresh) await syncFile(file);
      if (fresh.length > 0) await syncFolder(folder);
    }
    this.#synced.clear();
    for (const file of present) this.#synced.add(file);
  }
}

async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    await file.sync().finally(() => file.close());
  } catch (error) {
    // Pruned, or a temporary file that has its name now.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
