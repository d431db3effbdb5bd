import {
  type Hit,
  type ImageId,
  type SearchPath,
  type SearchStage,
  type StoredRecord,
  searchPaths,
  type VectorIndex,
  type VerificationCheck,
} from '#core';
import type { KnownGeneration } from './generations-state.js';

/** As many results as people look at. */
const RESULTS = 10;
/** As many as a balanced search orders by the vector itself, and how broadly it walks for them. */
const CANDIDATES = { limit: 400, ef: 800, oversampling: 1 } as const;
/** Of the exact answers that the graph must find, on average. */
const LEAST_RECALL = 0.95;
/** Of the old answers that a generation of the same vectors must give too, on average; ties may fall either way. */
const LEAST_OVERLAP = 0.9;
/** Scores of the same two vectors may differ by as much, by the way they were computed. */
const ROUNDING = 1e-6;
/** Looked at by a person, not more. */
const MAX_EXAMPLES = 5;

type Ready = Extract<StoredRecord, { state: 'ready' }>;

/**
 * What the new generation answers, for images of its own: against comparing with every original, and against the live one.
 * `live` is `null` where there is none to compare with.
 */
export async function answerChecks(
  index: VectorIndex,
  next: KnownGeneration,
  live: KnownGeneration | null,
  imageIds: readonly ImageId[],
): Promise<readonly VerificationCheck[]> {
  const queries = await readyOf(index, next.name, imageIds);
  const recalls: Share[] = [];
  const overlaps: Share[] = [];
  // Another encoder is meant to answer otherwise.
  const isSame = next.schema.encoder.fingerprint === live?.schema.encoder.fingerprint;
  const olds = new Map((live === null ? [] : await readyOf(index, live.name, imageIds)).map((it) => [it.imageId, it]));
  for (const query of queries) {
    const found = await answer(index, next, query, false);
    recalls.push(shareOf(query.imageId, await answer(index, next, query, true), found, true));
    const old = olds.get(query.imageId);
    if (live !== null && old !== undefined) {
      overlaps.push(shareOf(query.imageId, await answer(index, live, old, false), found, isSame));
    }
  }
  return [recallCheck(recalls), ...(live === null ? [] : [overlapCheck(overlaps, isSame)])];
}

interface Share {
  readonly imageId: ImageId;
  /** Of the wanted answers that were given, 0 to 1. */
  readonly share: number;
}

async function readyOf(index: VectorIndex, generation: string, imageIds: readonly ImageId[]): Promise<Ready[]> {
  const records = await index.fetch(imageIds, { generation, withVectors: true });
  return records.filter((it): it is Ready => it.state === 'ready' && it.vectors !== undefined);
}

async function answer(
  index: VectorIndex,
  { name, schema }: KnownGeneration,
  { vectors = {} }: Ready,
  exact: boolean,
): Promise<readonly Hit[]> {
  const [path] = searchPaths(schema);
  const query = vectors[path?.scored.name ?? ''];
  if (path === undefined || query === undefined) return [];
  const { hits } = await index.search({ generation: name, stages: stages(path, query, exact) });
  return hits;
}

function stages(
  { scored, searched }: SearchPath,
  query: Float32Array,
  exact: boolean,
): [SearchStage, ...SearchStage[]] {
  const last = { vector: scored.name, query, limit: RESULTS };
  if (exact) return [{ ...last, exact }];
  if (searched === scored) return [last];
  return [{ vector: searched.name, query, ...CANDIDATES }, last];
}

/** @param isSame the scores are of the same vectors, so one that is as good as the last of those wanted is as good an answer. */
function shareOf(imageId: ImageId, wanted: readonly Hit[], found: readonly Hit[], isSame: boolean): Share {
  const ids = new Set(wanted.map((it) => it.imageId));
  const least = isSame ? (wanted.at(-1)?.score ?? 0) - ROUNDING : Number.POSITIVE_INFINITY;
  const good = found.filter((it) => ids.has(it.imageId) || it.score >= least);
  return { imageId, share: wanted.length === 0 ? 1 : Math.min(1, good.length / wanted.length) };
}

function recallCheck(shares: readonly Share[]): VerificationCheck {
  const recall = mean(shares);
  return {
    name: 'recall',
    passed: recall >= LEAST_RECALL,
    found: `Of the ${RESULTS} exact answers to ${shares.length} searches it gives ${percent(recall)}; at least ${percent(LEAST_RECALL)} is asked.`,
    facts: { recall, searches: shares.length, results: RESULTS, least: LEAST_RECALL, worst: worstOf(shares) },
  };
}

function overlapCheck(shares: readonly Share[], isSame: boolean): VerificationCheck {
  const overlap = mean(shares);
  return {
    name: 'overlap',
    passed: isSame ? overlap >= LEAST_OVERLAP : null,
    found: `Of the live generation's ${RESULTS} answers to ${shares.length} searches it gives ${percent(overlap)}.`,
    facts: {
      overlap,
      searches: shares.length,
      results: RESULTS,
      ...(isSame && { least: LEAST_OVERLAP }),
      worst: worstOf(shares),
    },
  };
}

function worstOf(shares: readonly Share[]): readonly Share[] {
  return shares
    .filter(({ share }) => share < 1)
    .toSorted((a, b) => a.share - b.share)
    .slice(0, MAX_EXAMPLES);
}

/** Where nothing was asked nothing is missing. */
function mean(shares: readonly Share[]): number {
  return shares.length === 0 ? 1 : shares.reduce((sum, { share }) => sum + share, 0) / shares.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 ? 0 : 1)}%`;
}
