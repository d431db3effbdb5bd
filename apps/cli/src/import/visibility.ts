import type { ImageAnswer } from '../api/answers.js';
import type { ApiClient } from '../api/api-client.js';

export interface VisibilityOptions {
  /** More than this many unsettled images hold back the uploads: the memory has a limit. */
  readonly limit?: number;
  readonly concurrency?: number;
  /** Without any image settling for this long, the wait is over. 0: do not wait at all. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onSettled: (imageId: string, answer: ImageAnswer) => void;
}

const LONG_POLL_SECONDS = 10;

/**
 * Follows accepted images until they are searchable or failed, while others are still uploaded. Oldest first, as the
 * server works, so most questions are answered at once.
 */
export class Visibility {
  readonly #open = new Map<string, number>();
  readonly #changed = new Change();
  readonly #api: ApiClient;
  readonly #options: Required<VisibilityOptions>;
  readonly #workers: Promise<void>[];
  #asked = 0;
  #lastSettled = performance.now();
  #isFinishing = false;
  #isOver: boolean;
  /** Why the questions ended early, when they did because the server went away. */
  failure: unknown = null;
  unsettled = 0;

  constructor(api: ApiClient, options: VisibilityOptions) {
    this.#api = api;
    this.#options = { limit: 100_000, concurrency: 4, ...options };
    this.#isOver = options.patienceMs === 0;
    options.signal.addEventListener('abort', () => this.#end(), { once: true });
    this.#workers = Array.from({ length: this.#options.concurrency }, () => this.#work());
  }

  /** Returns at once unless `limit` images are unsettled. */
  async add(imageId: string, version: number): Promise<void> {
    while (this.#open.size >= this.#options.limit && !this.#isOver) await this.#changed.next();
    this.unsettled += 1;
    if (this.#isOver) return;
    if (this.#open.size + this.#asked === 0) this.#lastSettled = performance.now();
    this.#open.set(imageId, version);
    this.#changed.tell();
  }

  /** Resolves when every added image is settled or the wait is over; `unsettled` says how many are not. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#changed.tell();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      const next = this.#open.entries().next();
      if (next.done === true) {
        if (this.#isFinishing) return;
        await this.#changed.next();
        continue;
      }
      const [imageId, version] = next.value;
      this.#open.delete(imageId);
      this.#asked += 1;
      await this.#follow(imageId, version);
      this.#asked -= 1;
    }
  }

  async #follow(imageId: string, version: number): Promise<void> {
    try {
      while (!this.#isOver) {
        const answer = await this.#api.image(imageId, { minVersion: version, seconds: LONG_POLL_SECONDS });
        if (answer !== null && isSettled(answer, version)) {
          this.#settle(imageId, answer);
          return;
        }
        if (performance.now() - this.#lastSettled > this.#options.patienceMs) this.#end();
        // The server may answer before its time (unknown yet); don't ask it in a busy loop.
        else await this.#changed.next(250);
      }
    } catch (error) {
      if (!this.#options.signal.aborted) this.failure ??= error;
      this.#end();
    }
  }

  #settle(imageId: string, answer: ImageAnswer): void {
    this.#lastSettled = performance.now();
    this.unsettled -= 1;
    this.#options.onSettled(imageId, answer);
    this.#changed.tell();
  }

  #end(): void {
    this.#isOver = true;
    this.#open.clear();
    this.#changed.tell();
  }
}

function isSettled({ state, version, visibleVersion }: ImageAnswer, wanted: number): boolean {
  return state !== 'waiting' && (visibleVersion ?? version ?? -1) >= wanted;
}

/** Lets several waiters sleep until something changes. */
class Change {
  #waiters: (() => void)[] = [];

  tell(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  next(longestMs?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (longestMs !== undefined) setTimeout(resolve, longestMs);
    });
  }
}
