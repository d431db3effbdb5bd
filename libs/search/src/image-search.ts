import { performance } from 'node:perf_hooks';
import { bulkhead, isBulkheadRejectedError, TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import {
  type Attributes,
  type EncoderReference,
  type Encoders,
  type Filter,
  type Generation,
  type ImageId,
  isLookalikeError,
  LookalikeError,
  type NamedVectors,
  type SearchAnswer,
  type StoredRecord,
  unitVector,
  type VectorIndex,
  type Version,
} from '#core';
import { literalStages, SEARCH_MODE } from './search-stages.js';

export const SEARCH_LIMITS = { minResults: 1, maxResults: 100, defaultResults: 10 } as const;

export interface ImageSearchOptions {
  readonly index: VectorIndex;
  readonly encoders: Pick<Encoders, 'running'>;
  /** Searches under way at once. */
  readonly maxSearches: number;
  /** Searches that may wait for their turn; beyond, a search is `overloaded` at once. */
  readonly maxWaiting: number;
  /** A search that is not answered by then, waiting included, is `timed-out`. */
  readonly timeoutMs: number;
}

export interface SearchOptions {
  readonly limit: number;
  /** Only images whose attributes it holds for. Names must be declared in the live generation. */
  readonly filter?: Filter;
}

export interface SimilarImage {
  readonly imageId: ImageId;
  /** Cosine of the two pictures' vectors, -1 to 1. */
  readonly score: number;
  readonly version: Version;
  readonly attributes: Attributes;
}

/** Results, best first, and what made them: no answer mixes two generations or two encoders. */
export interface SearchResult {
  readonly results: readonly SimilarImage[];
  readonly encoder: Omit<EncoderReference, 'manifest'>;
  readonly generation: string;
  readonly mode: typeof SEARCH_MODE;
  readonly tookMs: number;
}

interface Answer extends SearchAnswer {
  /** That of the generation: vectors of two encoders have nothing to do with each other. */
  readonly encoder: EncoderReference;
}

/** Finds the images of the live generation that look like a picture. */
export class ImageSearch {
  readonly #options: ImageSearchOptions;
  readonly #timeLimit;
  readonly #places;

  constructor(options: ImageSearchOptions) {
    this.#options = options;
    this.#timeLimit = timeout(options.timeoutMs, TimeoutStrategy.Aggressive);
    this.#places = bulkhead(options.maxSearches, options.maxWaiting);
  }

  /** How many are at work, and how many wait for their turn. */
  get underWay(): { readonly running: number; readonly waiting: number } {
    const { maxSearches, maxWaiting } = this.#options;
    return { running: maxSearches - this.#places.executionSlots, waiting: maxWaiting - this.#places.queueSlots };
  }

  /**
   * @throws `picture-…` for bytes that can't be searched by, `no-live-generation`, `encoder-mismatch`,
   * `encoder-unavailable`, `invalid-filter`, `overloaded`, `timed-out`.
   */
  byPicture(bytes: Uint8Array, { limit, filter }: SearchOptions): Promise<SearchResult> {
    return this.#inTurn(limit, () =>
      this.#inLiveGeneration(async ({ name, schema }) => {
        const vectors = await this.#vectorsOf(bytes, schema.encoder);
        const stages = literalStages(schema, vectors, limit);
        return this.#options.index.search({ generation: name, stages, ...(filter && { filter }) });
      }),
    );
  }

  /**
   * Leaves the image itself out.
   * @throws `image-unknown`, `image-not-searchable` with the state and the reason, and all but `picture-…` of above.
   */
  byImage(imageId: ImageId, { limit, filter }: SearchOptions): Promise<SearchResult> {
    return this.#inTurn(limit, () =>
      this.#inLiveGeneration(async ({ name, schema }) => {
        const { index } = this.#options;
        const [record] = await index.fetch([imageId], { generation: name, withVectors: true });
        const stages = literalStages(schema, searchableVectors(imageId, record), limit + 1);
        const answer = await index.search({ generation: name, stages, ...(filter && { filter }) });
        const others = answer.hits.filter((hit) => hit.imageId !== imageId);
        return { ...answer, hits: others.slice(0, limit) };
      }),
    );
  }

  async #inTurn(limit: number, search: () => Promise<Answer>): Promise<SearchResult> {
    checkLimit(limit);
    const startMs = performance.now();
    try {
      const { generation, hits, encoder } = await this.#timeLimit.execute(({ signal }) =>
        // The time limit stands outside: a search that overran keeps its place until its work has really ended. Its
        // signal stays out of the bulkhead, which would not call the next one in after an aborted one (cockatiel 3.2).
        this.#places.execute(async () => {
          signal.throwIfAborted();
          return search();
        }),
      );
      const { name, fingerprint, trained } = encoder;
      return {
        results: hits.map(({ imageId, score, record: { version, image } }) => ({
          imageId,
          score,
          version,
          attributes: image.attributes,
        })),
        encoder: { name, fingerprint, trained },
        generation,
        mode: SEARCH_MODE,
        tookMs: Math.round((performance.now() - startMs) * 10) / 10,
      };
    } catch (cause) {
      throw asOurError(cause, this.#options.timeoutMs);
    }
  }

  async #vectorsOf(bytes: Uint8Array, by: EncoderReference): Promise<NamedVectors> {
    const { interactive, preparePicture } = await this.#options.encoders.running(by);
    const [features] = await interactive.encode([await preparePicture(bytes)]);
    const vectors: Record<string, Float32Array> = {};
    for (const [name, values] of Object.entries(features ?? {})) vectors[name] = unitVector(values);
    return vectors;
  }

  /**
   * All of a search happens in the generation that is live when it begins, with that one's encoder. It may be replaced and
   * dropped between two steps; then the search starts over, once.
   */
  async #inLiveGeneration(search: (live: Generation) => Promise<SearchAnswer>): Promise<Answer> {
    const answer = async () => {
      const live = await this.#liveGeneration();
      return { ...(await search(live)), encoder: live.schema.encoder };
    };
    try {
      return await answer();
    } catch (error) {
      if (!isLookalikeError(error) || error.code !== 'generation-unknown') throw error;
      return answer();
    }
  }

  async #liveGeneration(): Promise<Generation> {
    const live = await this.#options.index.live();
    if (live === null) {
      throw new LookalikeError('no-live-generation', 'There is no index to search yet. It is being built; try again.');
    }
    return live;
  }
}

/** @throws `invalid-request`. */
function checkLimit(limit: number): void {
  const { minResults, maxResults } = SEARCH_LIMITS;
  if (!Number.isInteger(limit) || limit < minResults || limit > maxResults) {
    const rule = `must be a whole number from ${minResults} to ${maxResults}`;
    throw new LookalikeError('invalid-request', `limit ${rule}.`, { facts: { field: 'limit', rule } });
  }
}

function searchableVectors(imageId: ImageId, record: StoredRecord | undefined): NamedVectors {
  if (record === undefined) {
    throw new LookalikeError('image-unknown', 'No image has this imageId.', { facts: { imageId } });
  }
  if (record.state !== 'ready') {
    const reason = record.state === 'failed' ? record.reason : undefined;
    throw notSearchable(imageId, record.state, reason);
  }
  return record.vectors ?? {};
}

/** A known image that can't be searched by now: it says why. */
function notSearchable(
  imageId: ImageId,
  state: 'failed' | 'deleted',
  reason?: { readonly code: string; readonly message: string },
): LookalikeError {
  const why = {
    failed: `The image could not be taken into the index: ${reason?.message ?? 'the reason is not known.'}`,
    deleted: 'The image has been deleted.',
  }[state];
  return new LookalikeError('image-not-searchable', why, {
    facts: { imageId, state, ...(reason === undefined ? {} : { reason }) },
  });
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
