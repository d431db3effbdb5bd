import type { SearchResult } from '../api/answers.js';

export type Scored = Pick<SearchResult, 'imageId' | 'score'>;

/** How many results are compared. */
export const COMPARED = 10;

/** With what people get who ask for nothing more. */
export const INCLUDED: readonly string[] = ['attributes'];

/** Engines add up the products of a cosine in different orders. */
const ROUNDING = 1e-5;

/**
 * The share of the true nearest that were found. A result that is as near as the last of these counts, as in ANN-Benchmarks
 * (Aumüller, Bernhardsson and Faithfull, 2018): which of equally near ones is among them is chance.
 * @param exact the true nearest, best first
 * @returns 0 to 1; null when there are none
 */
export function recall(exact: readonly Scored[], found: readonly Scored[]): number | null {
  const nearest = exact.slice(0, COMPARED);
  const last = nearest.at(-1);
  if (last === undefined) return null;
  const hits = found.slice(0, nearest.length).filter(({ score }) => score >= last.score - ROUNDING);
  return hits.length / nearest.length;
}

/**
 * The share of the first `count` results with the label of the query. Results that have none are left out.
 * @param labels by imageId
 * @returns 0 to 1; null when none of them has a label
 */
export function precision(
  found: readonly Scored[],
  label: string,
  labels: ReadonlyMap<string, string>,
  count: number,
): number | null {
  const labelled = found.slice(0, count).flatMap(({ imageId }) => labels.get(imageId) ?? []);
  return labelled.length === 0 ? null : labelled.filter((it) => it === label).length / labelled.length;
}
