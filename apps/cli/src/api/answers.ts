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
  /** Of the generation it works for: `live`, `next`, `previous`. */
  readonly role?: string;
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
  readonly images: { readonly ready: number; readonly failed: number; readonly deleted: number } | null;
  readonly stages: readonly StageStatus[];
  /** By state; `null` while the server does not know. */
  readonly deadLetters?: Readonly<Record<LetterState, number>> | null;
}

export const LETTER_STATES = ['open', 'redriving', 'redriven', 'superseded', 'discarded'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

interface Reason {
  readonly code: string;
  readonly message: string;
}

interface Original {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The imageId, unless the event is none. */
  readonly key: string | null;
  readonly time: string;
  readonly sizeBytes: number | null;
}

export interface DeadLetter {
  readonly id: string;
  readonly state: LetterState;
  readonly time: string;
  readonly reason: Reason;
  readonly original: Original | null;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly next: string | null;
}

export interface WholeDeadLetter extends DeadLetter {
  readonly original:
    | (Original & {
        readonly headers: Readonly<Record<string, string>>;
        readonly value: { readonly encoding: string; readonly data: string } | null;
      })
    | null;
  readonly lastAction: {
    readonly action: string;
    readonly by: string | null;
    readonly time: string;
    readonly reason?: Reason;
  } | null;
}

export interface VerificationCheck {
  readonly name: string;
  /** `null` of what is told and decides nothing. */
  readonly passed: boolean | null;
  readonly found: string;
}

export interface GenerationProgress {
  readonly generation: string;
  /** `null` of one that is not being built. */
  readonly phase: string | null;
  readonly encoder: EncoderInfo;
  /** `null` when the index does not have it. */
  readonly images: StatusAnswer['images'];
  readonly done: number;
  readonly total: number;
  readonly perSecond: number | null;
  readonly secondsLeft: number | null;
  readonly lag: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly report: { readonly passed: boolean; readonly checks: readonly VerificationCheck[] } | null;
  readonly fault: Reason | null;
}

export interface ReindexAnswer {
  readonly live: GenerationProgress | null;
  readonly next: GenerationProgress | null;
  readonly previous: GenerationProgress | null;
  readonly unusedVectors: readonly UnusedVectors[];
  readonly givenUp: { readonly generation: string; readonly reason: string } | null;
}

export interface UnusedVectors {
  readonly encoder: { readonly name: string; readonly fingerprint: string };
  readonly isBeingDropped: boolean;
}

export interface ReindexPlan {
  readonly encoder: EncoderInfo;
  /** `null` when the index is lost. */
  readonly images: number | null;
  readonly toEmbed: number | null;
  readonly picturesPerSecond: number | null;
  readonly modelFault: { readonly code: string; readonly message: string } | null;
  readonly embedSeconds: number | null;
  readonly memoryBytes: number | null;
  readonly diskBytes: number | null;
}

interface Found {
  readonly count: number;
  readonly examples: readonly { readonly imageId: string }[];
}

export interface AuditReport {
  readonly generation: string;
  readonly verdict: 'clean' | 'damaged' | 'behind';
  readonly behind: { readonly embed: number; readonly index: number };
  /** `null` when the stages were behind. */
  readonly comparison: {
    readonly partitions: readonly { readonly partition: number; readonly offset: number }[];
    readonly digests: { readonly log: string; readonly index: string };
    readonly log: { readonly events: number; readonly present: number; readonly deleted: number };
    readonly index: NonNullable<StatusAnswer['images']>;
    readonly findings: Readonly<Record<string, Found>>;
    readonly failed: { readonly count: number; readonly byReason: Readonly<Record<string, number>> };
    readonly waiting: number;
    readonly goneOn: number;
    readonly vectorsCompared: number;
  } | null;
  readonly durationsMs: { readonly total: number };
}

export interface RepairReport {
  readonly mended: number;
  readonly unmendable: Readonly<Record<string, { readonly count: number }>>;
  readonly needsEmbedding: { readonly count: number };
}

export interface ErasureAnswer {
  readonly imageId: string;
  readonly deletion: { readonly partition: number; readonly offset: number };
  /** Generations whose stages have not come to the deletion yet. While there are any, not all is erased. */
  readonly waitingFor: readonly string[];
  readonly deadLetters: number;
  readonly blobsDeleted: number;
  readonly blobsShared: number;
  readonly remains: readonly {
    readonly topic: string;
    /** That can still be read; `null` where only the topic's files may hold some. */
    readonly records: number | null;
    /** `null`: when the topic goes. */
    readonly goneAtMs: number | null;
  }[];
}

export interface BlobCount {
  readonly blobs: number;
  readonly bytes: number;
}

export interface CollectionReport {
  readonly isDryRun: boolean;
  readonly kept: BlobCount;
  readonly withdrawn: BlobCount;
  readonly restored: BlobCount;
  readonly deleted: BlobCount;
  readonly waiting: BlobCount;
}

export interface AuditAnswer {
  readonly report: AuditReport;
  readonly repair: RepairReport | null;
  readonly embedded: { readonly written: number; readonly failed: number } | null;
}
