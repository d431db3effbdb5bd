import { performance } from 'node:perf_hooks';
import { type ErrorCode, type Generation, isLookalikeError, LookalikeError } from '#core';
import { cursorExpired, decodeCursor, requireSameQuery } from './cursor.js';
import { digestOf, type Page, PageSearch, type PageSearchOptions } from './page-search.js';
import { Places } from './places.js';
import { checkQuery, type Example, type SearchQuery } from './search-query.js';
import type { SearchResult, Warning } from './search-result.js';
import { roundedMs } from './step-times.js';

export interface ImageSearchOptions extends PageSearchOptions {
  /** Searches under way at once. */
  readonly maxSearches: number;
  /** Searches that may wait for their turn; beyond, a search is refused with `too-many-requests` at once. */
  readonly maxWaiting: number;
  /** A search that is not answered by then, waiting included, is `timed-out`. */
  readonly timeoutMs: number;
}

/** Finds the images of the live generation that look like a picture. */
export class ImageSearch {
  readonly #options: ImageSearchOptions;
  readonly #pages: PageSearch;
  readonly #places: Places;
  /** The last generation whose encoder has embedded what was searched by. */
  #embeddedIn: string | null = null;

  constructor(options: ImageSearchOptions) {
    this.#options = options;
    this.#pages = new PageSearch(options);
    const { maxSearches: most, maxWaiting: mostWaiting, timeoutMs } = options;
    this.#places = new Places({ of: 'searches', most, mostWaiting, timeoutMs });
  }

  get underWay(): Places['taken'] {
    return this.#places.taken;
  }

  /**
   * Leaves out the images that are examples.
   * @throws `invalid-request`, `invalid-filter`, `invalid-vector`, `invalid-cursor`, `cursor-expired`, `region-too-small`,
   * `picture-…`, `link-…` and `blob-…` for what can't be searched by, `image-unknown`, `image-not-searchable` with the state
   * and the reason, `no-live-generation`, `encoder-…`, `model-…`, `too-many-requests`, `overloaded` (by a link's host, or the encoder), `timed-out`.
   */
  async search(query: SearchQuery): Promise<SearchResult> {
    checkQuery(query);
    const startMs = performance.now();
    const found = await this.#places.run((signal) =>
      query.cursor === undefined ? this.#firstPage(query, signal) : this.#nextPage(query, query.cursor, signal),
    );
    return { ...found, tookMs: roundedMs(performance.now() - startMs) };
  }

  /** Where its generation was replaced and dropped between two steps, and its encoder closed, a search starts over, once. */
  async #firstPage(query: SearchQuery, signal: AbortSignal): Promise<Page> {
    const live = await this.#live();
    try {
      return await this.#inLive(live, query, signal);
    } catch (error) {
      if (!(await this.#isGone(error, live.name, (found) => found?.live === true))) throw error;
      return this.#inLive(await this.#live(), query, signal);
    }
  }

  /** The encoder of a generation that is not `kept` any more is closed, which may be met before its absence is. */
  async #isGone(error: unknown, name: string, isKept: (found: Generation | null) => boolean): Promise<boolean> {
    if (isCode(error, 'generation-unknown')) return true;
    return isCode(error, 'encoder-unavailable') && !isKept(await this.#generation(name));
  }

  /** Where the encoder of the live generation does not open here, the one before it answers as long as it is kept. */
  async #inLive(live: Generation, query: SearchQuery, signal: AbortSignal): Promise<Page> {
    const isEmbedded = [...query.positives, ...query.negatives].some(takesEncoder);
    try {
      const page = await this.#pages.find(live, query, null, signal);
      if (isEmbedded) this.#embeddedIn = live.name;
      return page;
    } catch (error) {
      const earlier = await this.#generation(this.#embeddedIn);
      if (!ENCODER_FAULTS.some((code) => isCode(error, code)) || earlier === null || earlier.live) throw error;
      const page = await this.#pages.find(earlier, query, null, signal);
      return { ...page, warnings: [answeredBy(earlier, live), ...page.warnings] };
    }
  }

  async #nextPage(query: SearchQuery, cursor: string, signal: AbortSignal): Promise<Page> {
    const end = decodeCursor(cursor);
    requireSameQuery(end, digestOf(query));
    const page = await this.#unlessDropped(end.generation, (it) => this.#pages.find(it, query, end, signal));
    if (page === null) throw cursorExpired(end.generation);
    return page;
  }

  async #unlessDropped(name: string, find: (generation: Generation) => Promise<Page>): Promise<Page | null> {
    const generation = await this.#generation(name);
    try {
      return generation === null ? null : await find(generation);
    } catch (error) {
      if (await this.#isGone(error, name, (found) => found !== null)) return null;
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
