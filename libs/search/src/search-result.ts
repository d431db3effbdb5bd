import type { Attributes, EncoderReference, ImageId, NamedVectors, Version } from '#core';
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
  /** Where they were asked for; none when it was changed while it was being found. */
  readonly vectors?: NamedVectors;
}

/** What a reader of the answer should know. */
export interface Warning {
  readonly code: 'earlier-generation';
  readonly message: string;
}

/** Results, best first, and what made them: no answer mixes two generations or two encoders. */
export interface SearchResult {
  readonly results: readonly FoundImage[];
  /** Where more results follow. */
  readonly nextCursor: string | null;
  readonly encoder: Omit<EncoderReference, 'manifest' | 'digest'>;
  readonly generation: string;
  readonly mode: SearchMode;
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
  readonly tookMs: number;
}
