import type { Evidence } from './evidence.js';
import type { MatchScale } from './match-scale.js';

/** What matches by one of an encoder's vectors are told by. */
export interface MatchModel {
  /** By cosine and hash. */
  readonly glance: MatchScale;
  /** By these and the alignment that a second look has found. */
  readonly look: MatchScale;
  /** The least strength at a glance of which a second look is taken where copies are asked for. */
  readonly worthALook: number;
}

/** The scale that goes by all that is known of a pair. */
export function scaleFor({ glance, look }: MatchModel, { alignment }: Evidence): MatchScale {
  return alignment === null ? glance : look;
}
