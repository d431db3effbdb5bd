import type { Generation, Hit, ImageId, NamedVectors, SearchStage, VectorIndex } from '#core';
import type { PageEnd, WalkEnd } from './cursor.js';
import { stagesOf } from './search-modes.js';
import { type Example, SEARCH_LIMITS, type SearchQuery } from './search-query.js';

/**
 * So few walks are made again for a page: at most five, with a third of the candidates of the widest together. On LanceDB with 20,000
 * vectors a `balanced` page behind 10 results takes 15 ms instead of 10, and one behind 490 takes 180 instead of 126.
 */
const WIDER = 4;

/** Of the walk that a page is taken from, one more than are wanted: as many as for the page before where that is enough. */
export function candidatesFor(end: PageEnd | null, { limit, mode }: Pick<SearchQuery, 'limit' | 'mode'>): number {
  const wanted = (end?.results ?? 0) + limit + 1;
  const before = end?.walks.at(-1)?.candidates ?? 0;
  if (wanted <= before) return before;
  // All images are compared, however many come out of it: that is done twice for a page at most.
  const wider = mode === 'exact' && end !== null ? SEARCH_LIMITS.depth : before * WIDER;
  return Math.min(Math.max(wanted, wider), SEARCH_LIMITS.depth);
}

/** @param last result of a page from a walk of so many candidates. @param end of the page before. */
export function walksUpTo({ score, imageId }: Hit, candidates: number, end: PageEnd | null): readonly WalkEnd[] {
  const earlier = (end?.walks ?? []).filter((it) => it.candidates !== candidates);
  return [...earlier, { candidates, score, imageId }];
}

export interface WalkedQuery {
  readonly generation: Generation;
  readonly query: SearchQuery;
  /** Of which one is searched by. */
  readonly vectors: NamedVectors;
}

interface Walk {
  readonly stages: readonly SearchStage[];
  readonly hits: readonly Hit[];
  /** The index gave as many as were asked for, and all are wanted: there may be more. */
  readonly isFull: boolean;
}

/** What pages before have not shown. */
interface NotShown {
  /** That the walk was made with. */
  readonly candidates: number;
  readonly images: number;
  readonly stages: readonly SearchStage[];
  /** The best first. */
  readonly found: readonly Hit[];
}

/** Walks of the index that pages are taken from. A wider one finds more, and also among the best. */
export class PageWalks {
  constructor(private readonly index: Pick<VectorIndex, 'search'>) {}

  /**
   * Makes the walks again that the pages before were taken from, to know what they have shown. Images that came meanwhile and rank among
   * those take up candidates: then the walk is made wider, until there is more than a page or all was seen.
   * @param least candidates of the walk.
   */
  async notShown(asked: WalkedQuery, least: number, end: PageEnd | null): Promise<NotShown> {
    const made = new Map<number, Promise<Walk>>();
    const walk = (candidates: number): Promise<Walk> => {
      const walking = made.get(candidates) ?? this.#walk(asked, candidates);
      made.set(candidates, walking);
      return walking;
    };
    const isShownBefore = async (it: WalkEnd) => isShown((await walk(it.candidates)).hits, it);
    for (let candidates = least; ; candidates = Math.min(candidates * WIDER, SEARCH_LIMITS.depth)) {
      const walks = [walk(candidates), ...(end?.walks ?? []).map(isShownBefore)] as const;
      const [{ hits, stages, isFull }, ...shown] = await Promise.all(walks);
      const found = hits.filter((hit) => !shown.some((it) => it(hit)));
      const isAll = end === null || !isFull || candidates >= SEARCH_LIMITS.depth;
      if (isAll || found.length > asked.query.limit) return { candidates, images: hits.length, stages, found };
    }
  }

  async #walk({ generation: { name, schema }, query, vectors }: WalkedQuery, candidates: number): Promise<Walk> {
    const { positives, negatives, mode, filter, minScore = -1 } = query;
    const examples = imagesAmong([...positives, ...negatives]);
    const most = candidates + examples.size;
    const stages = stagesOf(mode, schema, vectors, most);
    const { hits } = await this.index.search({ generation: name, stages, ...(filter && { filter }) });
    const isFull = hits.length >= most && hits.every(({ score }) => score >= minScore);
    return { stages, isFull, hits: hits.filter(({ imageId, score }) => !examples.has(imageId) && score >= minScore) };
  }
}

function imagesAmong(examples: readonly Example[]): ReadonlySet<ImageId> {
  return new Set(examples.flatMap((it) => (it.by === 'image' ? [it.imageId] : [])));
}

/**
 * Whether pages up to there have shown a hit: what a walk misses they have not. Where images came meanwhile it does not reach as far as it
 * did, and what lies behind its last hit counts as shown.
 */
function isShown(hits: readonly Hit[], end: WalkEnd): (hit: Hit) => boolean {
  const found = new Set(hits.map(({ imageId }) => imageId));
  const last = hits.at(-1) ?? end;
  return (hit) => !isBehind(hit, end) && (found.has(hit.imageId) || isBehind(hit, last));
}

/** As indexes order hits. */
function isBehind(hit: Hit, { score, imageId }: Pick<Hit, 'score' | 'imageId'>): boolean {
  return hit.score < score || (hit.score === score && hit.imageId > imageId);
}
