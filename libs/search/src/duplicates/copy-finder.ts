import type { CopyLink, Generation, ReadyRecord, VectorIndex } from '#core';
import {
  type CopiesAmongCandidates,
  copiesAmongNearest,
  copiesOf,
  copiesVector,
  type MatchedHit,
} from '../copy-candidates.js';
import { Matcher, type MatcherOptions } from '../match/index.js';
import { stagesOf } from '../search-modes.js';

export interface CopyFinderOptions extends MatcherOptions {
  readonly index: MatcherOptions['index'] & Pick<VectorIndex, 'search'>;
}

/**
 * Finds what images of a generation are copies of, by what is known of them: nothing is embedded. So the picture is searched as it is, and of turned
 * copies those are found whose vectors are still among the nearest.
 */
export class CopyFinder {
  readonly #index: CopyFinderOptions['index'];
  readonly #matcher: Matcher;

  constructor(options: CopyFinderOptions) {
    this.#index = options.index;
    this.#matcher = new Matcher(options);
  }

  /** Each other picture once, the likeliest first. @throws `too-many-requests`, `index-…`, what `signal` is aborted with. */
  async find(generation: Generation, record: ReadyRecord, signal: AbortSignal): Promise<readonly CopyLink[]> {
    const { copies } = await copiesAmongNearest((candidates) => this.#copies(generation, record, candidates, signal));
    return linksOf(record, copies);
  }

  async #copies(
    generation: Generation,
    record: ReadyRecord,
    candidates: number,
    signal: AbortSignal,
  ): Promise<CopiesAmongCandidates> {
    const { imageId, image, vectors, perceptualHash, greyCopy = null } = record;
    const vector = copiesVector(generation, vectors);
    const wanted = { [vector]: vectors[vector] as Float32Array };
    // One more: the image itself is among them.
    const stages = stagesOf('balanced', generation.schema, wanted, candidates + 1);
    const { hits } = await this.#index.search({ generation: generation.name, stages });
    signal.throwIfAborted();
    const others = hits.filter((it) => it.imageId !== imageId);
    const asked = { sha256: image.sha256, perceptualHash, greyCopy };
    const matches = await this.#matcher.matches(asked, others, { generation, vector, looks: 'all' }, signal);
    const copies = copiesOf(others, matches);
    return { copies, mayBeMore: copies.length >= candidates };
  }
}

function linksOf({ image }: ReadyRecord, copies: readonly MatchedHit[]): readonly CopyLink[] {
  const links = new Map<string, CopyLink>();
  for (const { hit, match } of copies) {
    const { sha256 } = hit.record.image;
    const { probability, alignment, hash } = match;
    const known = links.get(sha256);
    if (sha256 === image.sha256 || (known !== undefined && known.probability >= probability)) continue;
    links.set(sha256, { sha256, probability, turn: alignment?.turn ?? hash?.turn ?? null });
  }
  return [...links.values()].sort((a, b) => b.probability - a.probability);
}
