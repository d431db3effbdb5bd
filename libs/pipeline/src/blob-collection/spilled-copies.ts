import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlobCopy, BlobListing, ImageId } from '#core';
import type { BucketFiles } from '../audit/bucket-files.js';
import { RECORDS_PER_TURN } from '../audit/logged-events.js';
import type { StoredBlob } from './judge.js';

/** Entries of bucket files are found by the hash of a text, here a blob's. */
export function bucketKey(sha256: string): ImageId {
  return sha256 as ImageId;
}

/** What a listing gives: `version` is the time, `detail` the rest. */
export async function spillCopies(
  { copies }: BlobListing,
  files: BucketFiles,
  signal: AbortSignal | undefined,
): Promise<void> {
  let listed = 0;
  for await (const { sha256, sizeBytes, withdrawal, sinceMs } of copies) {
    listed += 1;
    if (listed % RECORDS_PER_TURN === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    const detail = `${sizeBytes} ${withdrawal ?? ''}`;
    const written = files.add(bucketKey(sha256), { version: sinceMs, state: 'ready', detail });
    if (written !== undefined) await written;
  }
  await files.finish();
}

/** The blobs of one bucket. */
export async function storedBlobs(
  files: BucketFiles,
  bucket: number,
  signal: AbortSignal | undefined,
): Promise<Iterable<StoredBlob>> {
  const blobs = new Map<string, StoredBlob>();
  const visit = (
    sha256: string,
    _partition: number,
    { version: sinceMs, detail }: { version: number; detail: string },
  ) => {
    const [size, withdrawal = ''] = detail.split(' ');
    const sizeBytes = Number(size);
    const copy: BlobCopy = { sha256, sizeBytes, withdrawal: withdrawal === '' ? null : withdrawal, sinceMs };
    const blob = blobs.get(sha256) ?? { sha256, sizeBytes, itself: null, withdrawn: [] };
    blobs.set(sha256, blob);
    if (copy.withdrawal === null) blob.itself = copy;
    else blob.withdrawn.push({ ...copy, withdrawal });
  };
  await files.read(bucket, visit, signal);
  return blobs.values();
}
