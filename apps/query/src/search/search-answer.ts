import type { Alignment, FoundImage, Match, MatchKind, SearchResult } from '#search';
import { thumbnailPath } from '../image-answer.js';
import type { ReadSearch } from './read-search.js';

type Included = Pick<ReadSearch, 'withAttributes' | 'withLabels' | 'withExplanation'>;

/**
 * Where `include` asks for it there are its `attributes`, its `labels`, the `explanation` of its match, and its `vectors`, none when
 * it was changed while it was being found.
 */
export interface FoundAnswer
  extends Omit<FoundImage, 'attributes' | 'vectors' | 'match'>,
    Partial<Pick<FoundImage, 'attributes'>>,
    Partial<MatchAnswer> {
  readonly thumbnail: string;
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
}

/** Results, best first, and what made them. */
export interface SearchAnswer extends Omit<SearchResult, 'results'> {
  readonly results: readonly FoundAnswer[];
}

/** What the word `match` rests on. */
export interface MatchExplanation {
  /** How many strangers of the collection show as much evidence, on average, for a query. */
  readonly falseMatches: number;
  /** `null` where no second look was taken. */
  readonly alignment: Alignment | null;
}

/** How it matches the one picture that was asked about. */
export interface MatchAnswer {
  readonly match: MatchKind;
  readonly probability: Match['probability'];
  readonly hash: Match['hash'];
  readonly explanation?: MatchExplanation;
}

/** An answer as JSON has it: vectors as numbers, and where thumbnails are. */
export function searchAnswer(result: SearchResult, included: Included): SearchAnswer {
  return { ...result, results: result.results.map((it) => imageAnswer(it, included)) };
}

function imageAnswer(
  { attributes, labels, vectors, match, ...found }: FoundImage,
  { withAttributes, withLabels, withExplanation }: Included,
): FoundAnswer {
  return {
    ...found,
    ...(match && matchAnswer(match, withExplanation)),
    ...(withAttributes && { attributes }),
    ...(withLabels && { labels: labels ?? [] }),
    thumbnail: thumbnailPath(found.imageId),
    ...(vectors && {
      vectors: Object.fromEntries(Object.entries(vectors).map(([name, it]) => [name, Array.from(it)])),
    }),
  };
}

function matchAnswer(
  { kind, probability, hash, alignment, falseMatches }: Match,
  withExplanation: boolean,
): MatchAnswer {
  return {
    match: kind,
    probability: Number(probability.toFixed(6)),
    hash,
    ...(withExplanation && { explanation: { falseMatches: Number(falseMatches.toPrecision(3)), alignment } }),
  };
}
