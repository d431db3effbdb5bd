import type { BlobStore } from '#core';
import { SpilledFiles } from '../audit/spilled-files.js';
import { someAtOnce } from '../some-at-once.js';
import { CollectionCounts, type CollectionOutcome, type CollectionReport } from './collection-report.js';
import { type Judgement, judge, type StoredBlob } from './judge.js';
import type { ReferenceSource } from './log-references.js';
import { spillCopies, storedBlobs } from './spilled-copies.js';
import { SpilledReferences } from './spilled-references.js';

export interface CollectBlobsOptions extends ReferenceSource {
  readonly blobs: BlobStore;
  /**
   * In milliseconds: more than anybody takes from putting or renewing a blob to appending what refers to it. A blob that
   * nothing refers to is deleted after twice as long, or later.
   */
  readonly delayMs: number;
  /**
   * An existing folder for temporary files, some 100 bytes for each blob, event and vector record; what is made there is
   * removed again. A process that is killed leaves a folder `collect-…` there.
   */
  readonly tempFolder: string;
  /** Says what would be done, and does nothing. Default false. */
  readonly isDryRun?: boolean;
  /** Files that are joined one at a time; default 256, so that 10 million blobs take some 20 MB. */
  readonly buckets?: number;
}

const BUCKETS = 256;
const AT_ONCE = 16;

/**
 * One pass over all blobs: withdraws those that nothing refers to, deletes those that it withdrew in an earlier pass, and
 * restores those of them that something refers to again. Several may run at a time, and each may be stopped, stalled or
 * killed at any point.
 *
 * Blobs are listed before the log is read. So of what was put before the listing, by more than the delay, all that it was
 * put for is in the log; what was put later is not judged by it. What is put or renewed between the look at a blob and its
 * withdrawal is moved aside with it or stays, and is restored by the next pass that finds its event.
 * @throws `log-incomplete` when the log has lost its beginning, `log-damaged` and other faults of the log, with nothing
 * withdrawn or deleted; `storage-unavailable`; the signal's reason.
 */
export async function collectBlobs(options: CollectBlobsOptions): Promise<CollectionReport> {
  const { log, blobs, delayMs, tempFolder, signal, isDryRun = false, buckets = BUCKETS } = options;
  const within = { name: 'collect', buckets, partitions: 1 };
  return SpilledFiles.within(tempFolder, within, async (files) => {
    const listing = await blobs.list();
    const copies = files.side('copies');
    await spillCopies(listing, copies, signal);
    const references = await SpilledReferences.read({ log, signal }, files);
    const counts = new CollectionCounts();
    for (let bucket = 0; bucket < buckets; bucket++) {
      const stored = await storedBlobs(copies, bucket, signal);
      const referenced = await references.hashes(bucket);
      await someAtOnce(AT_ONCE, [...stored], async (blob) => {
        signal?.throwIfAborted();
        const judgement = judge(blob, referenced.has(blob.sha256), listing.atMs - delayMs);
        counts.add(isDryRun ? judgement.outcome : await carriedOut(blobs, blob, judgement), blob.sizeBytes);
      });
    }
    return { isDryRun, watermarks: references.watermarks, ...counts.report() };
  });
}

/** @returns what has become of it: others may have put or deleted it meanwhile. */
async function carriedOut(
  blobs: BlobStore,
  { sha256, itself }: StoredBlob,
  { outcome, dropped }: Judgement,
): Promise<CollectionOutcome> {
  for (const copy of dropped) await blobs.drop(copy);
  if (outcome === 'restored') return (await blobs.renew(sha256)) === null ? 'deleted' : outcome;
  if (outcome === 'withdrawn' && itself !== null) return (await blobs.withdraw(itself)) ? outcome : 'waiting';
  return outcome;
}
