import type { EncoderInfo, Profile } from '../api/answers.js';
import type { ReasonGroup } from '../import/tally.js';
import type { Latency, Share } from './statistics.js';

export const MODES = ['fast', 'balanced', 'exact'] as const;
export type Mode = (typeof MODES)[number];

/** How well and how fast a mode finds. What was not measured is null. */
export interface ModeReport {
  readonly mode: Mode;
  /** Of the ten results of `exact`; null of `exact` itself. */
  readonly recallAt10: Share | null;
  /** Of the first results, those with the label of the query. */
  readonly precisionAt5: Share | null;
  readonly precisionAt10: Share | null;
  readonly oneClient: Latency | null;
  readonly manyClients: (Latency & { readonly perSecond: number }) | null;
}

/** What becomes of searches by edited pictures of the collection, in the default mode. */
export interface EditReport {
  readonly name: string;
  readonly kind: 'easy' | 'hard';
  /** The original is the first result. */
  readonly first: Share | null;
  /** It is among the first ten. */
  readonly amongTen: Share | null;
  /** It is found with `minMatch: same-picture`. */
  readonly samePicture: Share | null;
  /** Other images that were called the same picture, for a search. They are wrong, or copies that the collection has. */
  readonly othersCalledSame: number | null;
}

export interface RoomReport {
  /** Of the live generation, by the reckoning of `POST /v1/reindex/plan`. */
  readonly memoryBytesPerImage: number | null;
  readonly diskBytesPerImage: number | null;
  /** Measured: all that the process that answers searches has in memory. */
  readonly residentBytes: number | null;
}

export interface EvaluationReport {
  readonly encoder: EncoderInfo;
  readonly generation: string;
  readonly profile: Profile | null;
  /** That searches can find. */
  readonly images: number | null;
  readonly queries: { readonly by: 'image' | 'picture'; readonly drawn: number; readonly from: number };
  readonly clients: number;
  readonly modes: readonly ModeReport[];
  readonly editedPictures: number;
  /** All easy ones, all hard ones, then each. Empty when none was measured. */
  readonly edits: readonly EditReport[];
  readonly room: RoomReport;
  /** Searches that were refused, or pictures that could not be edited. */
  readonly refused: readonly ReasonGroup[];
  /** Requests that were sent again, since the server was busy or did not answer. */
  readonly sentAgain: number;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
  /** Why it ended before its time; the figures are of what was done until then. */
  readonly ended: { readonly code: string; readonly message: string } | null;
}
