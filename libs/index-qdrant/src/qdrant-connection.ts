import { ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel';
import { LookalikeError } from '#core';
import { asIndexError, isPassing, isRefusal, OddAnswerError } from './qdrant-errors.js';
import { createClient, type QdrantSettings } from './qdrant-settings.js';

/** The client's own methods drop fields that they do not know, such as a collection's metadata. */
export type QdrantApi = ReturnType<ReturnType<typeof createClient>['api']>;

/** 1.17 brought what the guard is made of and metadata that stay with a collection. */
const NEEDED_VERSION = [1, 17] as const;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 1_000;

/** One server, its passing faults repeated, its errors named. */
export class QdrantConnection {
  readonly #api: QdrantApi;
  readonly #retry: RetryPolicy;
  #isChecked = false;
  #closed = false;

  constructor(settings: QdrantSettings) {
    this.#api = createClient(settings).api();
    this.#retry = retry(
      handleWhen((error) => !this.#closed && isPassing(error)),
      {
        maxAttempts: settings.retries,
        backoff: new ExponentialBackoff({ initialDelay: FIRST_BACKOFF_MS, maxDelay: MAX_BACKOFF_MS }),
      },
    );
  }

  /**
   * @param generation that the request is for, if it is for one.
   * @throws `invalid-setting` for a server that is too old, or a key that it does not take; `index-unavailable`, `generation-unknown`, `internal`.
   */
  async call<T>(send: (api: QdrantApi) => Promise<{ readonly data: { result?: T } }>, generation?: string): Promise<T> {
    return this.#send(async () => {
      const { result } = (await send(this.#api)).data;
      if (result === undefined || result === null) throw new OddAnswerError('Qdrant answered without a result.');
      return result;
    }, generation);
  }

  /** Asks for the version, and for something that takes the key. */
  async #check(): Promise<void> {
    const found = (await this.#api.root({})).data.version;
    if (!isNewEnough(found)) {
      const needed = NEEDED_VERSION.join('.');
      throw new LookalikeError('invalid-setting', `Qdrant ${found} is too old: ${needed} or newer is needed.`, {
        facts: { setting: 'url', found, needed },
      });
    }
    try {
      await this.#api.getCollectionsAliases({});
    } catch (error) {
      const refusal = asIndexError(error);
      if (!isRefusal(refusal, 401) && !isRefusal(refusal, 403)) throw error;
      throw new LookalikeError('invalid-setting', 'Qdrant does not take the API key.', {
        cause: error,
        facts: { setting: 'apiKey' },
      });
    }
  }

  /** What is under way ends as it may; nothing is repeated any more. */
  close(): void {
    this.#closed = true;
  }

  /** @throws `index-unavailable`. */
  assertOpen(): void {
    if (this.#closed) throw new LookalikeError('index-unavailable', 'The index is closed.');
  }

  async #send<T>(request: () => Promise<T>, generation?: string): Promise<T> {
    this.assertOpen();
    try {
      return await this.#retry.execute(async () => {
        if (!this.#isChecked) await this.#check();
        this.#isChecked = true;
        return request();
      });
    } catch (error) {
      throw asIndexError(error, generation);
    }
  }
}

function isNewEnough(version: unknown): boolean {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  return major > NEEDED_VERSION[0] || (major === NEEDED_VERSION[0] && minor >= NEEDED_VERSION[1]);
}
