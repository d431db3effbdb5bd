import type { Position } from '#core';

/**
 * `kept`: something refers to it. `withdrawn`: nothing does, so it was moved aside. `restored`: it was moved aside, and
 * something refers to it again. `deleted`: it had been moved aside for longer than the delay, and still nothing does.
 * `waiting`: nothing refers to it, and its delay is not over.
 */
export const COLLECTION_OUTCOMES = ['kept', 'withdrawn', 'restored', 'deleted', 'waiting'] as const;
export type CollectionOutcome = (typeof COLLECTION_OUTCOMES)[number];

export interface BlobCount {
  readonly blobs: number;
  readonly bytes: number;
}

/** What one pass has done; of a dry run, what it would have done. */
export type CollectionReport = Readonly<Record<CollectionOutcome, BlobCount>> & {
  readonly isDryRun: boolean;
  /** What events say was read up to there. */
  readonly watermarks: readonly Position[];
};

export class CollectionCounts {
  readonly #counts = {
    kept: { blobs: 0, bytes: 0 },
    withdrawn: { blobs: 0, bytes: 0 },
    restored: { blobs: 0, bytes: 0 },
    deleted: { blobs: 0, bytes: 0 },
    waiting: { blobs: 0, bytes: 0 },
  } satisfies Record<CollectionOutcome, BlobCount>;

  add(outcome: CollectionOutcome, sizeBytes: number): void {
    this.#counts[outcome].blobs += 1;
    this.#counts[outcome].bytes += sizeBytes;
  }

  report(): Readonly<Record<CollectionOutcome, BlobCount>> {
    return structuredClone(this.#counts);
  }
}
