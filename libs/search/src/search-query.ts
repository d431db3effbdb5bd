import { checkRegion, type Filter, type ImageId, type Region, refusedField } from '#core';
import type { MatchKind } from './match/index.js';
import { DEFAULT_SEARCH_MODE, SEARCH_MODES, type SearchMode } from './search-modes.js';

/** What is looked for, or away from. A region is searched by as if it were the whole picture. */
export type Example =
  | { readonly by: 'picture'; readonly bytes: Uint8Array; readonly region?: Region }
  | { readonly by: 'link'; readonly uri: string; readonly region?: Region }
  | { readonly by: 'image'; readonly imageId: ImageId; readonly region?: Region }
  /** `name`: of which of the encoder's vectors; default the one that the generation searches by. */
  | { readonly by: 'vector'; readonly values: Float32Array; readonly name?: string };

export interface SearchQuery {
  readonly positives: readonly Example[];
  readonly negatives: readonly Example[];
  /** Only images that it holds for. */
  readonly filter?: Filter;
  readonly limit: number;
  /** `nextCursor` of an answer to the same query. */
  readonly cursor?: string;
  readonly mode: SearchMode;
  /** Only images with at least this cosine, -1 to 1. */
  readonly minScore?: number;
  /** 0 to 1: how much results shall differ from each other; see `diversified`. */
  readonly diversity?: number;
  /** One result for each picture: what is a copy of a better result is left out, and named with that. */
  readonly collapseDuplicates?: boolean;
  /**
   * Only images that are at least this of the one picture that is asked about, best first: then candidates are found and looked
   * at for that alone, and there is one page.
   */
  readonly minMatch?: WantedMatch;
  /** Whether results carry their vectors. */
  readonly withVectors: boolean;
}

export const WANTED_MATCHES = ['same-picture', 'identical'] as const satisfies readonly MatchKind[];
export type WantedMatch = (typeof WANTED_MATCHES)[number];

export const SEARCH_LIMITS = {
  minResults: 1,
  maxResults: 100,
  defaultResults: 10,
  /** Results over all pages of a query. */
  depth: 1_000,
  examples: 8,
} as const;

/** @throws `invalid-request` naming the field and the rule. */
export function checkQuery(query: SearchQuery): void {
  const { positives, negatives, limit, mode, minScore, diversity, cursor } = query;
  const { minResults, maxResults, examples } = SEARCH_LIMITS;
  if (!Number.isInteger(limit) || limit < minResults || limit > maxResults) {
    throw refusedField('limit', `must be a whole number from ${minResults} to ${maxResults}`);
  }
  if (!SEARCH_MODES.includes(mode)) throw refusedField('mode', `must be one of ${SEARCH_MODES.join(', ')}`);
  if (minScore !== undefined && !(minScore >= -1 && minScore <= 1))
    throw refusedField('minScore', 'must be from -1 to 1');
  if (diversity !== undefined && !(diversity >= 0 && diversity <= 1))
    throw refusedField('diversity', 'must be from 0 to 1');
  if (diversity !== undefined && cursor !== undefined)
    throw refusedField('cursor', 'cannot go with diversity: it has one page');
  if (query.collapseDuplicates === true && cursor !== undefined)
    throw refusedField('cursor', 'cannot go with collapseDuplicates: it has one page');
  checkMinMatch(query);
  if (positives.length === 0) throw refusedField('positives', 'must have at least one example');
  if (positives.length + negatives.length > examples) {
    throw refusedField('negatives', `must be at most ${examples} examples, together with positives`);
  }
  checkRegions(positives, 'positives');
  checkRegions(negatives, 'negatives');
}

function checkMinMatch({ minMatch, positives, negatives, diversity, collapseDuplicates, cursor }: SearchQuery): void {
  if (minMatch === undefined) return;
  if (!WANTED_MATCHES.includes(minMatch)) throw refusedField('minMatch', `must be one of ${WANTED_MATCHES.join(', ')}`);
  const [picture, ...others] = [...positives, ...negatives];
  if (picture === undefined || picture.by === 'vector' || others.length > 0) {
    throw refusedField('minMatch', 'needs one picture, link or image to be asked about, and nothing else');
  }
  if (diversity !== undefined) throw refusedField('diversity', 'cannot go with minMatch');
  if (collapseDuplicates === true) throw refusedField('collapseDuplicates', 'cannot go with minMatch: all are copies');
  if (cursor !== undefined) throw refusedField('cursor', 'cannot go with minMatch: it has one page');
}

function checkRegions(examples: readonly Example[], field: string): void {
  for (const [at, example] of examples.entries()) {
    if (example.by !== 'vector' && example.region !== undefined) checkRegion(example.region, `${field}.${at}.region`);
  }
}

/** A query by one example, with the defaults of whatever is left out. */
export function searchBy(example: Example, options: Partial<Omit<SearchQuery, 'positives'>> = {}): SearchQuery {
  const { defaultResults: limit } = SEARCH_LIMITS;
  return { negatives: [], limit, mode: DEFAULT_SEARCH_MODE, withVectors: false, ...options, positives: [example] };
}
