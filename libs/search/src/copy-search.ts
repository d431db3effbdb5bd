import { type Generation, type Hit, type ImageId, LookalikeError, type NamedVectors, type VectorIndex } from '#core';
import {
  type CopiesAmongCandidates,
  copiesAmongNearest,
  copiesOf,
  copiesVector,
  type MatchedHit,
} from './copy-candidates.js';
import type { KnownDuplicates } from './duplicates/index.js';
import { type AskedPicture, MATCH_KINDS, type Matcher } from './match/index.js';
import type { SeenExample } from './query-vectors.js';
import { stagesOf } from './search-modes.js';
import type { SearchQuery } from './search-query.js';
import type { Warning } from './search-result.js';
import { type StepTimes, stepStage } from './step-times.js';

export interface FoundCopies {
  readonly copies: readonly MatchedHit[];
  readonly warnings: readonly Warning[];
}

const MORE_COPIES: Warning = {
  code: 'more-copies',
  message: 'There may be more copies than these. A higher limit shows more of them, up to 100; a filter shows others.',
};
const NOT_TURNED: Warning = {
  code: 'not-turned',
  message: 'The picture of this image cannot be read any more, so copies that are turned or flipped may be missing.',
};

/** What is asked about, made ready. */
interface Question {
  readonly generation: Generation;
  readonly query: SearchQuery;
  readonly picture: AskedPicture;
  /** As it is first. */
  readonly turns: readonly NamedVectors[];
  /** Of the generation, by which copies are looked for. */
  readonly vector: string;
}

/**
 * Finds the images that were made from the same picture as the one that is asked about. Candidates come from the vector of the
 * encoder that is about the picture's parts rather than its kind, where it has one, and from the picture in all its turns; then
 * each is compared with the picture itself. What somebody has told apart from it is none of its copies.
 */
export class CopySearch {
  constructor(
    private readonly index: VectorIndex,
    private readonly matcher: Matcher,
    private readonly duplicates: Pick<KnownDuplicates, 'toldApartFrom'>,
  ) {}

  /**
   * @param seen what the query's only example is. @returns the surest first.
   * @throws `overloaded` where something was found and it is not known yet what was told apart from it.
   */
  async find(
    generation: Generation,
    query: SearchQuery,
    seen: SeenExample,
    times: StepTimes,
    signal: AbortSignal,
  ): Promise<FoundCopies> {
    const { picture, vectors, turned } = seen;
    if (picture === null || turned === null) throw new LookalikeError('internal', 'Not one picture is asked about.');
    // Turning the picture takes the encoder seven more times, so `fast` asks for it as it is; what has its bytes lies as it does.
    const isAsItIs = query.mode === 'fast' || query.minMatch === 'identical';
    const others = isAsItIs ? [] : await times.of('query', turned);
    const turns = [vectors, ...(others ?? [])];
    const question = { generation, query, picture, turns, vector: copiesVector(generation, vectors) };
    const { copies, mayBeMore } = await copiesAmongNearest(
      (candidates) => this.#wantedAmong(candidates, question, times, signal),
      query.limit,
    );
    return {
      copies: [...copies].sort(byEvidence).slice(0, query.limit),
      warnings: [
        ...(mayBeMore || copies.length > query.limit ? [MORE_COPIES] : []),
        ...(others === null ? [NOT_TURNED] : []),
      ],
    };
  }

  async #wantedAmong(
    candidates: number,
    question: Question,
    times: StepTimes,
    signal: AbortSignal,
  ): Promise<CopiesAmongCandidates> {
    const { generation, query, picture, vector, turns } = question;
    const hits = await times.of(
      'candidates',
      () => this.#nearest(candidates, question),
      (found) => ({ images: found.length, stages: stagesOfTurns(candidates, question)[0]?.map(stepStage) ?? [] }),
    );
    // The same bytes are known without a look.
    const looks = query.minMatch === 'identical' ? 'none' : 'all';
    const how = { generation, vector, looks, turns: turns.length } as const;
    const copies = await times.of('match', async () =>
      copiesOf(hits, await this.matcher.matches(picture, hits, how, signal)),
    );
    const least = MATCH_KINDS.indexOf(query.minMatch ?? 'same-picture');
    const wanted = copies.filter(({ match }) => MATCH_KINDS.indexOf(match.kind) >= least);
    return { copies: await this.#notToldApart(picture, wanted), mayBeMore: copies.length >= candidates };
  }

  /** An image counts with the turn in which it is nearest. */
  async #nearest(candidates: number, question: Question): Promise<readonly Hit[]> {
    const { generation, query } = question;
    const { filter, minScore = -1 } = query;
    const answers = await Promise.all(
      stagesOfTurns(candidates, question).map((stages) =>
        this.index.search({ generation: generation.name, stages, ...(filter && { filter }) }),
      ),
    );
    const nearest = new Map<ImageId, Hit>();
    for (const hit of answers.flatMap(({ hits }) => hits)) {
      if ((nearest.get(hit.imageId)?.score ?? Number.NEGATIVE_INFINITY) < hit.score) nearest.set(hit.imageId, hit);
    }
    const own = askedImage(query);
    if (own !== null) nearest.delete(own);
    const found = [...nearest.values()].filter(({ score }) => score >= minScore);
    return found.sort((a, b) => b.score - a.score).slice(0, candidates);
  }

  /** A region is no file, so nothing was told apart from it. Where nothing was found, it is not asked what is known. */
  async #notToldApart({ sha256 }: AskedPicture, found: readonly MatchedHit[]): Promise<readonly MatchedHit[]> {
    if (sha256 === null || found.every(({ match }) => match.kind === 'identical')) return found;
    const others = await this.duplicates.toldApartFrom(sha256);
    return found.filter(({ hit }) => !others.has(hit.record.image.sha256));
  }
}

/** The image that is asked about is among those that are found. */
function stagesOfTurns(candidates: number, { generation, query, turns, vector }: Question) {
  const limit = askedImage(query) === null ? candidates : candidates + 1;
  return turns.map((vectors) =>
    stagesOf(query.mode, generation.schema, { [vector]: vectors[vector] as Float32Array }, limit),
  );
}

function askedImage({ positives: [example] }: SearchQuery): ImageId | null {
  return example?.by === 'image' ? example.imageId : null;
}

function byEvidence(a: MatchedHit, b: MatchedHit): number {
  return (
    MATCH_KINDS.indexOf(b.match.kind) - MATCH_KINDS.indexOf(a.match.kind) ||
    a.match.falseMatches - b.match.falseMatches ||
    b.hit.score - a.hit.score ||
    (a.hit.imageId < b.hit.imageId ? -1 : 1)
  );
}
