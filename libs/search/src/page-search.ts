import type { Generation, Hit, ImageId, NamedVectors, VectorIndex } from '#core';
import { bytesDigest } from './bytes-digest.js';
import { after, encodeCursor, type PageEnd, queryDigest } from './cursor.js';
import { diversified } from './diversified.js';
import { combined, QueryVectors, type QueryVectorsOptions } from './query-vectors.js';
import { stagesOf } from './search-modes.js';
import { type Example, SEARCH_LIMITS, type SearchQuery } from './search-query.js';
import type { FoundImage, SearchResult } from './search-result.js';
import { StepTimes } from './step-times.js';

/** Candidates that a diversified answer is chosen from. */
const DIVERSIFIED_FROM = 200;

export interface PageSearchOptions extends Omit<QueryVectorsOptions, 'index'> {
  readonly index: VectorIndex;
}

export type Page = Omit<SearchResult, 'tookMs' | 'warnings'>;

/** Finds one page of results, all of it in one generation and with that one's encoder. */
export class PageSearch {
  readonly #index: VectorIndex;
  readonly #queryVectors: QueryVectors;

  constructor(options: PageSearchOptions) {
    this.#index = options.index;
    this.#queryVectors = new QueryVectors(options);
  }

  /** @param end of the page before. */
  async find(generation: Generation, query: SearchQuery, end: PageEnd | null, signal: AbortSignal): Promise<Page> {
    const times = new StepTimes();
    const vectors = await times.of('query', () => this.#vectors(query, generation, signal));
    const hits = await times.of(
      'candidates',
      () => this.#candidates(generation, query, vectors, end?.results ?? 0),
      (found) => found.length,
    );
    const left = end === null ? hits : after(end, hits);
    const chosen =
      query.diversity === undefined
        ? left.slice(0, query.limit)
        : await times.of('diversify', () => this.#diversified(left, query, generation.name));
    const results = (end?.results ?? 0) + chosen.length;
    const last = chosen.at(-1);
    const hasMore = query.diversity === undefined && left.length > chosen.length && results < SEARCH_LIMITS.depth;
    const { name, fingerprint, trained } = generation.schema.encoder;
    return {
      results: await this.#described(chosen, query, generation.name),
      nextCursor:
        hasMore && last !== undefined
          ? encodeCursor({ ...last, generation: generation.name, query: end?.query ?? digestOf(query), results })
          : null,
      encoder: { name, fingerprint, trained },
      generation: generation.name,
      mode: query.mode,
      steps: times.steps,
    };
  }

  async #vectors({ positives, negatives }: SearchQuery, generation: Generation, signal: AbortSignal) {
    const vectors = await this.#queryVectors.of([...positives, ...negatives], generation, signal);
    return combined(vectors.slice(0, positives.length), vectors.slice(positives.length));
  }

  /** One more than are wanted tells whether there is another page. */
  async #candidates(
    { name, schema }: Generation,
    { positives, negatives, mode, filter, limit, minScore = -1, diversity }: SearchQuery,
    vectors: NamedVectors,
    before: number,
  ): Promise<readonly Hit[]> {
    const examples = imagesAmong([...positives, ...negatives]);
    const wanted = diversity === undefined ? Math.min(before + limit + 1, SEARCH_LIMITS.depth) : DIVERSIFIED_FROM;
    const stages = stagesOf(mode, schema, vectors, wanted + examples.size);
    const { hits } = await this.#index.search({ generation: name, stages, ...(filter && { filter }) });
    return hits.filter(({ imageId, score }) => !examples.has(imageId) && score >= minScore);
  }

  async #diversified(hits: readonly Hit[], { diversity = 0, limit }: SearchQuery, generation: string) {
    const vectors = await this.#vectorsOf(hits, generation);
    const items = hits.flatMap((hit) => {
      const [vector] = Object.values(vectors.get(hit.imageId) ?? {});
      return vector === undefined ? [] : [{ ...hit, vector }];
    });
    return diversified(items, diversity, limit);
  }

  async #described(hits: readonly Hit[], query: SearchQuery, generation: string): Promise<readonly FoundImage[]> {
    const vectors = query.withVectors ? await this.#vectorsOf(hits, generation) : null;
    return hits.map(({ imageId, score, record: { version, image, width, height } }) => {
      const own = vectors?.get(imageId);
      return { imageId, score, version, attributes: image.attributes, width, height, ...(own && { vectors: own }) };
    });
  }

  /** An image that was changed since it was found has the vectors of now, or none. */
  async #vectorsOf(hits: readonly Hit[], generation: string): Promise<ReadonlyMap<ImageId, NamedVectors>> {
    const ids = hits.map(({ imageId }) => imageId);
    const records = await this.#index.fetch(ids, { generation, withVectors: true });
    return new Map(records.flatMap((it) => (it.state === 'ready' ? [[it.imageId, it.vectors ?? {}] as const] : [])));
  }
}

function imagesAmong(examples: readonly Example[]): ReadonlySet<ImageId> {
  return new Set(examples.flatMap((it) => (it.by === 'image' ? [it.imageId] : [])));
}

/** Of what decides which results follow each other. */
export function digestOf({ positives, negatives, filter, mode, minScore }: SearchQuery): string {
  return queryDigest([positives.map(named), negatives.map(named), filter, mode, minScore]);
}

function named(example: Example): object {
  if (example.by === 'picture') return { ...example, bytes: bytesDigest(example.bytes) };
  if (example.by !== 'vector') return example;
  const { buffer, byteOffset, byteLength } = example.values;
  return { ...example, values: bytesDigest(new Uint8Array(buffer, byteOffset, byteLength)) };
}
