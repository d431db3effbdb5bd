import type { KnownGeneration } from './generations-state.js';
import { isFitted } from './profiles.js';

/**
 * What a generation that is built is at. `fitting`: a projection to the vectors that are there. `embedding`, `indexing`: it is behind its marks. `building-graph`: it has all of them.
 * `verified`, `not-verified`: somebody has to decide. `switching`: it waits to be close enough to the log.
 */
export type ReindexPhase =
  | 'fitting'
  | 'creating'
  | 'paused'
  | 'embedding'
  | 'indexing'
  | 'building-graph'
  | 'verifying'
  | 'verified'
  | 'not-verified'
  | 'switching';

/**
 * `null` of one that is not built, and not waiting for its step back.
 * @param behind records below its marks that its stages have not handled.
 */
export function phaseOf(
  { role, schema, paused, created, loaded, report, wanted, source }: KnownGeneration,
  behind: { readonly embed: number; readonly index: number },
): ReindexPhase | null {
  if (role === 'previous' && wanted !== 'no') return 'switching';
  if (role !== 'next') return null;
  if (paused) return 'paused';
  if (!isFitted(schema)) return 'fitting';
  if (!created) return 'creating';
  if (!loaded) {
    if (source === 'events' && behind.embed > 0) return 'embedding';
    return behind.index > 0 ? 'indexing' : 'building-graph';
  }
  if (wanted === 'in-any-case' || (wanted === 'when-verified' && report?.passed === true)) return 'switching';
  if (report === null) return 'verifying';
  return report.passed ? 'verified' : 'not-verified';
}
