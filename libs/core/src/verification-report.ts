import type { StateCounts } from './ports/vector-index.js';
import type { Position } from './position.js';

/** One thing that was looked at before a switch. */
export interface VerificationCheck {
  readonly name: 'records' | 'vectors' | 'failures' | 'recall' | 'overlap';
  /** `null` of what is told and decides nothing. */
  readonly passed: boolean | null;
  /** What was found, in a sentence. */
  readonly found: string;
  /** The same for programs: counts, shares from 0 to 1, ids of examples. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What is known of a generation before searches are switched to it. */
export interface VerificationReport {
  readonly passed: boolean;
  readonly atMs: number;
  /** How far the topic of the events was read: everything below is in `counts`. */
  readonly positions: readonly Position[];
  readonly counts: StateCounts;
  readonly checks: readonly VerificationCheck[];
}
