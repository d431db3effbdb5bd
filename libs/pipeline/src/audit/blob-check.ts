import { type BlobStore, isLookalikeError } from '#core';
import { someAtOnce } from '../some-at-once.js';
import type { Entry } from './bucket-files.js';
import type { BlobFinding } from './fold-comparison.js';
import type { JoinedImage } from './joined-images.js';

const AT_ONCE = 16;

export interface AuditedBlobs {
  readonly store: BlobStore;
  /** Reads every blob to its end, instead of asking whether it is there. */
  readonly verify: boolean;
}

export interface BlobSuspicion {
  readonly image: JoinedImage;
  readonly finding: BlobFinding;
}

/**
 * The living images of a bucket whose picture is not as it should be. Each picture is looked at once. @throws faults of
 * the store.
 */
export async function suspectBlobs(
  { store, verify }: AuditedBlobs,
  images: Iterable<JoinedImage>,
  signal?: AbortSignal,
): Promise<{ readonly checked: number; readonly suspicions: readonly BlobSuspicion[] }> {
  const byBlob = new Map<string, JoinedImage[]>();
  for (const image of images) {
    if (!hasBlob(image.logged)) continue;
    const known = byBlob.get(image.logged.detail);
    if (known === undefined) byBlob.set(image.logged.detail, [image]);
    else known.push(image);
  }
  const checked = await someAtOnce(AT_ONCE, [...byBlob], async ([blob, those]) => {
    signal?.throwIfAborted();
    const sha256 = Buffer.from(blob, 'latin1').toString('hex');
    const finding =
      (await store.stat(sha256)) === null ? 'blob-missing' : verify ? await verified(store, sha256) : null;
    return finding === null ? [] : those.map((image) => ({ image, finding }));
  });
  return { checked: checked.length, suspicions: checked.flat() };
}

function hasBlob(logged: Entry | null): logged is Entry {
  return logged !== null && logged.state !== 'deleted' && logged.detail !== '';
}

async function verified(store: BlobStore, sha256: string): Promise<BlobFinding | null> {
  try {
    const { stream } = await store.open(sha256);
    for await (const _ of stream);
    return null;
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'blob-damaged') return 'blob-changed';
    if (isLookalikeError(error) && error.code === 'blob-missing') return 'blob-missing';
    throw error;
  }
}
