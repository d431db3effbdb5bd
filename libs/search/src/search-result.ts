import type { Attributes, EncoderReference, ImageId, Label, NamedVectors, Version } from '#core';
import type { Match } from './match/index.js';
import type { SearchMode } from './search-modes.js';
import type { Step } from './step-times.js';

export interface FoundImage {
  readonly imageId: ImageId;
  /** Cosine of its vector with what was searched by, -1 to 1. */
  readonly score: number;
  readonly version: Version;
  readonly attributes: Attributes;
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** How it matches the one picture that was asked about; not there where that was none, or more than one. */
  readonly match?: Match;
  /** Where duplicates were collapsed: those that it stands for, the best first. */
  readonly duplicates?: readonly ImageId[];
  /** Of an encoder that names classes. */
  readonly labels?: readonly Label[];
  /** Where they were asked for; none when it was changed while it was being found. */
  readonly vectors?: NamedVectors;
}

/** What a reader of the answer should know. */
export interface Warning {
  readonly code: 'earlier-generation' | 'images-waiting' | 'more-copies' | 'not-turned';
  readonly message: string;
}

/** Results, best first, and what made them: no answer mixes two generations or two encoders. */
export interface SearchResult {
  readonly results: readonly FoundImage[];
  /** Where more results follow. */
  readonly nextCursor: string | null;
  readonly encoder: Omit<EncoderReference, 'manifest' | 'digest' | 'labels'>;
  readonly generation: string;
  readonly mode: SearchMode;
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
  readonly tookMs: number;
}
