import type { ImageId, Position, StateCounts } from '#core';
import type { FoldDifference, Indexed, Logged } from './difference.js';

/**
 * Beside the differences of the fold. `duplicated`: the index has more than one record of the image. `wrong-vector`:
 * the index has another vector than the topic of the vectors at the same version; one of the two is damaged or another
 * encoder's. `blob-missing`, `blob-changed`: the picture of a living image is not in the blob store, or is no longer
 * the bytes that were put.
 */
export type FindingKind = FoldDifference | 'duplicated' | 'wrong-vector' | 'blob-missing' | 'blob-changed';

export const FINDING_KINDS = [
  'missing',
  'stale',
  'extra',
  'resurrected',
  'ahead',
  'wrong-state',
  'duplicated',
  'wrong-vector',
  'blob-missing',
  'blob-changed',
] as const satisfies readonly FindingKind[];

export interface AuditFinding {
  readonly kind: FindingKind;
  readonly imageId: ImageId;
  /** Of its events. */
  readonly partition: number;
  /** The last event below the watermark; `null` where there is none, or where it was not looked at (`wrong-vector`). */
  readonly logged: Logged | null;
  readonly indexed: Indexed | null;
  /** `wrong-vector`: the least of its vectors; `null` of another length or without a direction. */
  readonly cosine?: number | null;
}

/** An image whose picture could not be embedded; that is what it should be, and no finding. */
export interface FailedImage {
  readonly imageId: ImageId;
  readonly version: number;
  /** An `ErrorCode`, or another version's. */
  readonly reason: string;
}

/** One partition of the events. `offset` is the watermark: everything below was audited. */
export interface AuditedPartition extends Position {
  /** The first offset that is still there. Above 0 the log has lost its beginning, and what is `extra` may be of it. */
  readonly low: number;
  /** Of this partition's images, as those of `Comparison`. */
  readonly digests: Digests;
}

/** 64 hex digits each, by `SetDigest`. */
export interface Digests {
  readonly log: string;
  readonly index: string;
}

/** What was found by comparing; of images, unless something else is said. */
export interface Comparison {
  readonly partitions: readonly AuditedPartition[];
  /**
   * Two folds are the same when their digests are. The side of the log is its fold at the watermarks, so audits of the
   * same positions, of other generations or copies, have the same. The side of the index is what it holds; an image
   * that has gone on since counts as it was at the watermark.
   */
  readonly digests: Digests;
  readonly log: {
    readonly events: number;
    /** Events that do not parse or lie in a foreign partition; they change nothing. */
    readonly unreadableEvents: number;
    readonly present: number;
    readonly deleted: number;
  };
  /** As they were scanned. */
  readonly index: StateCounts;
  readonly findings: Readonly<
    Record<FindingKind, { readonly count: number; readonly examples: readonly AuditFinding[] }>
  >;
  readonly failed: {
    readonly count: number;
    readonly byReason: Readonly<Record<string, number>>;
    readonly examples: readonly FailedImage[];
  };
  /** They differ since a stage has not come to them yet. */
  readonly waiting: number;
  /** They differed from the watermark and have later events. */
  readonly goneOn: number;
  readonly vectorsCompared: number;
  /** Distinct within a bucket. */
  readonly blobsChecked: number;
}

export interface AuditReport {
  readonly generation: string;
  /**
   * `clean`: index = fold(log) at the watermarks. `damaged`: something was found. `behind`: the stages had not come to
   * the watermarks; nothing was found, but what waits for them is not known to be right.
   */
  readonly verdict: 'clean' | 'damaged' | 'behind';
  readonly watermarks: readonly Position[];
  /** Records below the marks that a stage had not handled; an upper bound where compaction left gaps. */
  readonly behind: { readonly embed: number; readonly index: number };
  /** `null` when it was not compared, since the stages were behind. */
  readonly comparison: Comparison | null;
  readonly durationsMs: AuditDurations;
}

/** Each in milliseconds. */
export interface AuditDurations {
  /** For the stages. */
  readonly wait: number;
  readonly foldLog: number;
  readonly scanIndex: number;
  /** Joining both sides, looking at blobs and looking a second time. */
  readonly compare: number;
  readonly compareVectors: number;
  readonly total: number;
}
