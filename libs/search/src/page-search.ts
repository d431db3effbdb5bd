import type { Generation, Hit, ImageId, NamedVectors, VectorIndex } from '#core';
import { bytesDigest } from './bytes-digest.js';
import { collapsed } from './collapsed.js';
import { CopySearch } from './copy-search.js';
import { encodeCursor, type PageEnd, queryDigest } from './cursor.js';
import { diversified } from './diversified.js';
import type { KnownDuplicates } from './duplicates/index.js';
import { type AskedPicture, type Looks, type Match, Matcher, type MatcherOptions } from './match/index.js';
import { candidatesFor, PageWalks, walksUpTo } from './page-walks.js';
import { combined, QueryVectors, type QueryVectorsOptions, type SeenExample } from './query-vectors.js';
import { type SearchMode, searchedVector } from './search-modes.js';
import { type Example, SEARCH_LIMITS, type SearchQuery } from './search-query.js';
import type { FoundImage, SearchResult } from './search-result.js';
import { StepTimes, stepStage } from './step-times.js';

/** Candidates that an answer of one page is chosen from, for each result and at least. */
const CHOSEN_FROM = { perResult: 4, least: 200 } as const;

export interface PageSearchOptions extends Omit<QueryVectorsOptions, 'index'>, Omit<MatcherOptions, 'index'> {
  readonly index: VectorIndex;
  /** Those of the collection. @throws `overloaded` while they are not known. */
  readonly duplicates: KnownDuplicates;
}

/** Second looks at results that were found by their vectors. */
const LOOKS: Readonly<Record<SearchMode, Looks>> = { fast: 'none', balanced: 'open', exact: 'all' };

export type Page = Omit<SearchResult, 'tookMs'>;
type Results = Pick<Page, 'results' | 'nextCursor' | 'warnings'>;

/** Finds one page of results, all of it in one generation and with that one's encoder. */
export class PageSearch {
  readonly #index: VectorIndex;
  readonly #queryVectors: QueryVectors;
  readonly #matcher: Matcher;
  readonly #walks: PageWalks;
  readonly #copies: CopySearch;
  readonly #duplicates: KnownDuplicates;

  constructor(options: PageSearchOptions) {
    this.#index = options.index;
    this.#queryVectors = new QueryVectors(options);
    this.#matcher = new Matcher(options);
    this.#walks = new PageWalks(options.index);
    this.#copies = new CopySearch(options.index, this.#matcher, options.duplicates);
    this.#duplicates = options.duplicates;
  }

  /** @param end of the page before. */
  async find(generation: Generation, query: SearchQuery, end: PageEnd | null, signal: AbortSignal): Promise<Page> {
    const times = new StepTimes();
    const examples = [...query.positives, ...query.negatives];
    const seen = await times.of('query', () => this.#queryVectors.of(examples, generation, signal));
    const page =
      query.minMatch === undefined
        ? await this.#page(generation, query, seen, end, times, signal)
        : await this.#onlyCopies(generation, query, seen, times, signal);
    const { name, fingerprint, trained } = generation.schema.encoder;
    return {
      ...page,
      encoder: { name, fingerprint, trained },
      generation: generation.name,
      mode: query.mode,
      steps: times.steps,
    };
  }

  async #page(
    generation: Generation,
    query: SearchQuery,
    seen: readonly SeenExample[],
    end: PageEnd | null,
    times: StepTimes,
    signal: AbortSignal,
  ): Promise<Results> {
    const vectors = queryVector(query, seen);
    const before = end?.results ?? 0;
    const least = hasOnePage(query)
      ? Math.max(CHOSEN_FROM.least, CHOSEN_FROM.perResult * query.limit)
      : candidatesFor(end, query);
    const { found, candidates } = await times.of(
      'candidates',
      () => this.#walks.notShown({ generation, query, vectors }, least, end),
      ({ images, stages }) => ({ images, stages: stages.map(stepStage) }),
    );
    const left = await this.#left(found, query, times);
    const chosen =
      query.diversity === undefined
        ? left.slice(0, Math.min(query.limit, SEARCH_LIMITS.depth - before))
        : await times.of('diversify', () => this.#diversified(left, query, generation.name));
    const results = before + chosen.length;
    const last = chosen.at(-1)?.hit;
    const hasMore = !hasOnePage(query) && left.length > chosen.length && results < SEARCH_LIMITS.depth;
    const asked = theAskedPicture(seen);
    const [vector] = searchedVector(generation.schema, vectors);
    const how = { generation, vector, looks: LOOKS[query.mode] };
    const matches =
      asked === null
        ? []
        : await times.of('match', () =>
            this.#matcher.matches(
              asked,
              chosen.map(({ hit }) => hit),
              how,
              signal,
            ),
          );
    const next = { generation: generation.name, query: end?.query ?? digestOf(query), results };
    return {
      results: await this.#described(chosen, matches, query, generation.name),
      nextCursor:
        hasMore && last !== undefined ? encodeCursor({ ...next, walks: walksUpTo(last, candidates, end) }) : null,
      warnings: [],
    };
  }

  /** All, or one for each picture. */
  async #left(
    hits: readonly Hit[],
    { collapseDuplicates = false }: SearchQuery,
    times: StepTimes,
  ): Promise<readonly ChosenHit[]> {
    if (!collapseDuplicates) return hits.map((hit) => ({ hit }));
    return times.of('collapse', () => collapsed(hits, (sha256s) => this.#duplicates.copiesAmong(sha256s)));
  }

  async #onlyCopies(
    generation: Generation,
    query: SearchQuery,
    [seen]: readonly SeenExample[],
    times: StepTimes,
    signal: AbortSignal,
  ): Promise<Results> {
    if (seen === undefined) return { results: [], nextCursor: null, warnings: [] };
    const { copies, warnings } = await this.#copies.find(generation, query, seen, times, signal);
    const matches = copies.map(({ match }) => match);
    const results = await this.#described(copies, matches, query, generation.name);
    return { results, nextCursor: null, warnings };
  }

  async #diversified(hits: readonly ChosenHit[], { diversity = 0, limit }: SearchQuery, generation: string) {
    const vectors = await this.#vectorsOf(hits, generation);
    const items = hits.flatMap((it) => {
      const [vector] = Object.values(vectors.get(it.hit.imageId) ?? {});
      return vector === undefined ? [] : [{ ...it, score: it.hit.score, vector }];
    });
    return diversified(items, diversity, limit);
  }

  /** @param matches of each hit, or none at all. */
  async #described(
    hits: readonly ChosenHit[],
    matches: readonly Match[],
    query: SearchQuery,
    generation: string,
  ): Promise<readonly FoundImage[]> {
    const vectors = query.withVectors ? await this.#vectorsOf(hits, generation) : null;
    return hits.map(({ hit, duplicates }, at) => {
      const { imageId, score, record } = hit;
      const { version, image, width, height, labels } = record;
      const [match, own] = [matches[at], vectors?.get(imageId)];
      return {
        ...{ imageId, score, version, attributes: image.attributes, width, height },
        ...(labels && { labels }),
        ...(match && { match }),
        ...(duplicates && { duplicates }),
        ...(own && { vectors: own }),
      };
    });
  }

  /** An image that was changed since it was found has the vectors of now, or none. */
  async #vectorsOf(hits: readonly ChosenHit[], generation: string): Promise<ReadonlyMap<ImageId, NamedVectors>> {
    const ids = hits.map(({ hit }) => hit.imageId);
    const records = await this.#index.fetch(ids, { generation, withVectors: true });
    return new Map(records.flatMap((it) => (it.state === 'ready' ? [[it.imageId, it.vectors ?? {}] as const] : [])));
  }
}

interface ChosenHit {
  readonly hit: Hit;
  readonly duplicates?: readonly ImageId[];
}

/** What is chosen from many candidates at once has no next page. */
function hasOnePage({ diversity, collapseDuplicates = false }: SearchQuery): boolean {
  return diversity !== undefined || collapseDuplicates;
}

function queryVector({ positives }: SearchQuery, seen: readonly SeenExample[]): NamedVectors {
  const vectors = seen.map((it) => it.vectors);
  return combined(vectors.slice(0, positives.length), vectors.slice(positives.length));
}

/** `null` where no picture is asked about, or more than one. */
function theAskedPicture([seen, ...others]: readonly SeenExample[]): AskedPicture | null {
  return others.length > 0 ? null : (seen?.picture ?? null);
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
