import type { Attributes } from '#core';

/** The answers of the REST API that the command line reads. */
export interface EncoderInfo {
  readonly name: string;
  readonly fingerprint: string;
  readonly trained: boolean;
}

export interface Accepted {
  readonly imageId: string;
  readonly version: number;
}

export interface ImageAnswer {
  readonly imageId: string;
  readonly state: 'waiting' | 'ready' | 'failed' | 'deleted';
  readonly version: number;
  readonly visibleVersion?: number;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly sha256?: string;
  readonly attributes?: Attributes;
}

export interface SearchResult {
  readonly imageId: string;
  readonly score: number;
  readonly version: number;
  readonly attributes?: Attributes;
  readonly thumbnail?: string;
}

export interface SearchAnswer {
  readonly results: readonly SearchResult[];
  readonly encoder: EncoderInfo;
  readonly generation: string;
  readonly mode: string;
  readonly tookMs: number;
}

export interface StageStatus {
  readonly name: string;
  readonly topic: string;
  readonly group: string;
  readonly lag: number;
  /** Age of the oldest event that waits. */
  readonly lagSeconds?: number;
  /** `null` when not known. */
  readonly perSecond?: number | null;
  readonly secondsLeft?: number | null;
  readonly partitions: readonly {
    readonly partition: number;
    readonly end: number;
    readonly committed: number;
    readonly lag: number;
    readonly lagSeconds?: number;
  }[];
}

export interface StatusAnswer {
  readonly encoder: EncoderInfo;
  readonly generation: string | null;
  readonly images: { readonly ready: number; readonly failed: number; readonly deleted: number };
  readonly stages: readonly StageStatus[];
}
