import { performance } from 'node:perf_hooks';
import {
  type FacetsAnswer,
  type FacetsRequest,
  facetSubjects,
  isLookalikeError,
  type ListAnswer,
  type ListRequest,
  refusedField,
  type VectorIndex,
} from '#core';
import {
  cursorExpired,
  decodeListCursor,
  encodeListCursor,
  type ListEnd,
  queryDigest,
  requireSameQuery,
} from './cursor.js';
import { Places } from './places.js';
import { roundedMs } from './step-times.js';

export interface ImageBrowserOptions {
  readonly index: VectorIndex;
  /** What is not answered by then, waiting included, is `timed-out`. */
  readonly timeoutMs: number;
}

export interface ImageListQuery extends Pick<ListRequest, 'states' | 'filter' | 'limit'> {
  /** `nextCursor` of an answer to the same query. */
  readonly cursor?: string;
}

export interface ImageList extends ListAnswer {
  /** Where more images follow. */
  readonly nextCursor: string | null;
  readonly tookMs: number;
}

export const BROWSE_LIMITS = { minImages: 1, maxImages: 100, defaultImages: 50 } as const;

/** Each may go through a column of all images. */
const MOST_AT_ONCE = 4;
const MOST_WAITING = 64;

/** Tells what there is in the live generation, whatever it looks like. */
export class ImageBrowser {
  readonly #index: VectorIndex;
  readonly #places: Places;

  constructor({ index, timeoutMs }: ImageBrowserOptions) {
    this.#index = index;
    this.#places = new Places({ of: 'lists and facets', most: MOST_AT_ONCE, mostWaiting: MOST_WAITING, timeoutMs });
  }

  get underWay(): Places['taken'] {
    return this.#places.taken;
  }

  /** Of all that filters may name where `of` is empty. @throws what `VectorIndex.facets` throws, `too-many-requests`, `timed-out`. */
  async facets(request: FacetsRequest): Promise<FacetsAnswer & { readonly tookMs: number }> {
    const startMs = performance.now();
    const answer = await this.#places.run(() => this.#facets(request));
    return { ...answer, tookMs: roundedMs(performance.now() - startMs) };
  }

  /** All pages are of one generation. @throws what `VectorIndex.list` throws, `invalid-cursor`, `cursor-expired`, `too-many-requests`, `timed-out`. */
  async list({ cursor, ...query }: ImageListQuery): Promise<ImageList> {
    const { minImages, maxImages } = BROWSE_LIMITS;
    if (!Number.isInteger(query.limit) || query.limit < minImages || query.limit > maxImages) {
      throw refusedField('limit', `must be a whole number from ${minImages} to ${maxImages}`);
    }
    const startMs = performance.now();
    const digest = queryDigest([query.states, query.filter]);
    const end = cursor === undefined ? null : decodeListCursor(cursor);
    if (end !== null) requireSameQuery(end, digest);
    // One more than are wanted tells whether there is another page.
    const { generation, records } = await this.#places.run(() => this.#page({ ...query, limit: query.limit + 1 }, end));
    const page = records.slice(0, query.limit);
    const last = records.length > page.length ? page.at(-1) : undefined;
    return {
      generation,
      records: page,
      nextCursor: last === undefined ? null : encodeListCursor({ generation, query: digest, imageId: last.imageId }),
      tookMs: roundedMs(performance.now() - startMs),
    };
  }

  async #facets(request: FacetsRequest): Promise<FacetsAnswer> {
    if (request.of.length > 0) return this.#index.facets(request);
    const live = await this.#index.live();
    return this.#index.facets({ ...request, of: live === null ? [] : facetSubjects(live.schema) });
  }

  async #page(request: ListRequest, end: ListEnd | null): Promise<ListAnswer> {
    if (end === null) return this.#index.list(request);
    const { generation, imageId: after } = end;
    try {
      return await this.#index.list({ ...request, generation, after });
    } catch (error) {
      throw isLookalikeError(error) && error.code === 'generation-unknown' ? cursorExpired(generation) : error;
    }
  }
}
