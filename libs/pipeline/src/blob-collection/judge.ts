import type { BlobCopy } from '#core';
import type { CollectionOutcome } from './collection-report.js';

export type WithdrawnCopy = BlobCopy & { readonly withdrawal: string };

/** What the store has of one blob. */
export interface StoredBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
  itself: BlobCopy | null;
  readonly withdrawn: WithdrawnCopy[];
}

export interface Judgement {
  readonly outcome: CollectionOutcome;
  /** Withdrawn copies that nobody needs any more. */
  readonly dropped: readonly WithdrawnCopy[];
}

/**
 * What is to become of a blob. References must have been read after the blob was listed: then whoever has put or renewed
 * it before `untilMs`, and does what it is put for within the delay, has done it where it was read.
 * @param untilMs the delay before the listing began, by the store's clock.
 */
export function judge({ itself, withdrawn }: StoredBlob, isReferenced: boolean, untilMs: number): Judgement {
  const old = withdrawn.filter(({ sinceMs }) => sinceMs < untilMs);
  if (isReferenced) {
    return itself === null ? { outcome: 'restored', dropped: [] } : { outcome: 'kept', dropped: old };
  }
  if (itself !== null) {
    return itself.sinceMs < untilMs ? { outcome: 'withdrawn', dropped: [] } : { outcome: 'waiting', dropped: old };
  }
  // One that is young may have what somebody has put a moment before it was moved.
  return old.length === withdrawn.length ? { outcome: 'deleted', dropped: old } : { outcome: 'waiting', dropped: [] };
}
