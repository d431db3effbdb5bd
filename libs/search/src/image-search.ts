import { performance } from 'node:perf_hooks';
import { bulkhead, isBulkheadRejectedError, TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import { type ErrorCode, type Generation, isLookalikeError, LookalikeError } from '#core';
import { decodeCursor, requireSameQuery } from './cursor.js';
import { digestOf, type Page, PageSearch, type PageSearchOptions } from './page-search.js';
import { checkQuery, type Example, type SearchQuery } from './search-query.js';
import type { SearchResult, Warning } from './search-result.js';
import { roundedMs } from './step-times.js';

export interface ImageSearchOptions extends PageSearchOptions {
  /** Searches under way at once. */
  readonly maxSearches: number;
  /** Searches that may wait for their turn; beyond, a search is `overloaded` at once. */
  readonly maxWaiting: number;
  /** A search that is not answered by then, waiting included, is `timed-out`. */
  readonly timeoutMs: number;
}

type Found = Omit<SearchResult, 'tookMs'>;

/** Finds the images of the live generation that look like a picture. */
export class ImageSearch {
  readonly #options: ImageSearchOptions;
  readonly #pages: PageSearch;
  readonly #timeLimit;
  readonly #places;
  /** The last generation whose encoder has embedded what was searched by. */
  #embeddedIn: string | null = null;

  constructor(options: ImageSearchOptions) {
    this.#options = options;
    this.#pages = new PageSearch(options);
    this.#timeLimit = timeout(options.timeoutMs, TimeoutStrategy.Aggressive);
    this.#places = bulkhead(options.maxSearches, options.maxWaiting);
  }

  /** How many are at work, and how many wait for their turn. */
  get underWay(): { readonly running: number; readonly waiting: number } {
    const { maxSearches, maxWaiting } = this.#options;
    return { running: maxSearches - this.#places.executionSlots, waiting: maxWaiting - this.#places.queueSlots };
  }

  /**
   * Leaves out the images that are examples.
   * @throws `invalid-request`, `invalid-filter`, `invalid-vector`, `invalid-cursor`, `cursor-expired`, `region-too-small`,
   * `picture-…`, `link-…` and `blob-…` for what can't be searched by, `image-unknown`, `image-not-searchable` with the state
   * and the reason, `no-live-generation`, `encoder-…`, `model-…`, `overloaded`, `timed-out`.
   */
  async search(query: SearchQuery): Promise<SearchResult> {
    checkQuery(query);
    const startMs = performance.now();
    try {
      const found = await this.#timeLimit.execute(({ signal }) =>
        // The time limit stands outside: a search that overran keeps its place until its work has really ended. Its
        // signal stays out of the bulkhead, which would not call the next one in after an aborted one (cockatiel 3.2).
        this.#places.execute(async () => {
          signal.throwIfAborted();
          return query.cursor === undefined
            ? this.#firstPage(query, signal)
            : this.#nextPage(query, query.cursor, signal);
        }),
      );
      return { ...found, tookMs: roundedMs(performance.now() - startMs) };
    } catch (cause) {
      throw asOurError(cause, this.#options.timeoutMs);
    }
  }

  /** Where its generation was replaced and dropped between two steps, and its encoder closed, a search starts over, once. */
  async #firstPage(query: SearchQuery, signal: AbortSignal): Promise<Found> {
    const live = await this.#live();
    try {
      return await this.#inLive(live, query, signal);
    } catch (error) {
      const isClosed = isCode(error, 'encoder-unavailable') && (await this.#generation(live.name))?.live !== true;
      if (!isCode(error, 'generation-unknown') && !isClosed) throw error;
      return this.#inLive(await this.#live(), query, signal);
    }
  }

  /** Where the encoder of the live generation does not open here, the one before it answers as long as it is kept. */
  async #inLive(live: Generation, query: SearchQuery, signal: AbortSignal): Promise<Found> {
    const isEmbedded = [...query.positives, ...query.negatives].some(takesEncoder);
    try {
      const page = await this.#pages.find(live, query, null, signal);
      if (isEmbedded) this.#embeddedIn = live.name;
      return { ...page, warnings: [] };
    } catch (error) {
      const earlier = await this.#generation(this.#embeddedIn);
      if (!ENCODER_FAULTS.some((code) => isCode(error, code)) || earlier === null || earlier.live) throw error;
      return { ...(await this.#pages.find(earlier, query, null, signal)), warnings: [answeredBy(earlier, live)] };
    }
  }

  async #nextPage(query: SearchQuery, cursor: string, signal: AbortSignal): Promise<Found> {
    const end = decodeCursor(cursor);
    requireSameQuery(end, digestOf(query));
    const page = await this.#unlessDropped(end.generation, (it) => this.#pages.find(it, query, end, signal));
    if (page !== null) return { ...page, warnings: [] };
    throw new LookalikeError(
      'cursor-expired',
      'The generation of the index that this cursor belongs to has been replaced and dropped. Search again without a cursor.',
      { facts: { generation: end.generation } },
    );
  }

  async #unlessDropped(name: string, find: (generation: Generation) => Promise<Page>): Promise<Page | null> {
    const generation = await this.#generation(name);
    try {
      return generation === null ? null : await find(generation);
    } catch (error) {
      if (isCode(error, 'generation-unknown')) return null;
      throw error;
    }
  }

  async #generation(wanted: string | null): Promise<Generation | null> {
    if (wanted === null) return null;
    return (await this.#options.index.generations()).find(({ name }) => name === wanted) ?? null;
  }

  async #live(): Promise<Generation> {
    const live = await this.#options.index.live();
    if (live === null) {
      throw new LookalikeError(
        'no-live-generation',
        'There is no index to search: it is being built, or was lost. Try again.',
      );
    }
    return live;
  }
}

const ENCODER_FAULTS: readonly ErrorCode[] = [
  'encoder-unavailable',
  'encoder-mismatch',
  'model-missing',
  'model-hash-mismatch',
  'model-invalid',
  'model-download-failed',
];

function takesEncoder(example: Example): boolean {
  return example.by === 'picture' || example.by === 'link' || (example.by === 'image' && example.region !== undefined);
}

function answeredBy(earlier: Generation, live: Generation): Warning {
  const [before, now] = [earlier, live].map(({ name, schema }) => `${name} (${schema.encoder.name})`);
  return {
    code: 'earlier-generation',
    message: `The encoder of the live generation ${now} does not open here. The one before it, ${before}, has answered.`,
  };
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return isLookalikeError(error) && error.code === code;
}

function asOurError(error: unknown, timeoutMs: number): unknown {
  if (isBulkheadRejectedError(error)) {
    return new LookalikeError('overloaded', 'Too many searches are waiting. Try again in a moment.', { cause: error });
  }
  // Not `isTaskCancelledError`: in cockatiel 3.2 it looks for the mark of the bulkhead's error.
  if (error instanceof TaskCancelledError) {
    return new LookalikeError('timed-out', `The search was not answered within ${timeoutMs / 1000} s.`, {
      cause: error,
      facts: { timeoutMs },
    });
  }
  return error;
}
