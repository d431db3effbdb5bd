import { setTimeout as sleep } from 'node:timers/promises';
import { isLookalikeError } from '#core';
import { ReferencedBlobs } from '../blob-collection/referenced-blobs.js';
import type { EraseOptions } from './erase-options.js';
import type { Reading } from './image-records.js';

/** Of pictures that are deleted together, and put back where somebody turns out to need them. */
const MAX_HELD_BYTES = 67_108_864;

export interface ErasedBlobs {
  readonly blobsDeleted: number;
  /** Pictures that other images have too, or what came in later under the same id. */
  readonly blobsShared: number;
}

/**
 * Deletes pictures and thumbnails of an image's past, but for those that others have. A picture that was put before it is deleted,
 * and published after the log was read, is put back: publishers have `publishMs` from the one to the other. What is too large
 * to be held meanwhile is deleted all the same. Other images' thumbnails of the same bytes are made again when somebody asks for them.
 */
export async function eraseBlobs(
  options: EraseOptions,
  past: Reading,
  hashes: ReadonlySet<string>,
): Promise<ErasedBlobs> {
  const { log, blobs, signal, publishMs } = options;
  const references = new ReferencedBlobs({ log, signal, except: past }, hashes);
  const shared = await unlessIncomplete(async () => {
    await references.catchUp();
    // Reading all may take a while, what came in meanwhile a moment.
    return references.catchUp();
  });
  const isShared = shared ?? (await picturesInIndex(options, past, hashes));
  const held = new Map<string, Buffer>();
  let deleted = 0;
  for (const sha256 of hashes) {
    if (isShared.has(sha256)) continue;
    const bytes = await readSmall(options, sha256, held);
    if (await blobs.delete(sha256)) deleted += 1;
    if (bytes !== null) held.set(sha256, bytes);
  }
  const again = shared === null || deleted === 0 ? [] : await neededAgain(references, shared, publishMs, signal);
  for (const sha256 of again) {
    const bytes = held.get(sha256);
    if (bytes === undefined) continue;
    await blobs.put(bytes, { maxBytes: bytes.length });
    deleted -= 1;
  }
  return { blobsDeleted: deleted, blobsShared: isShared.size + again.length };
}

async function readSmall({ blobs }: EraseOptions, sha256: string, held: ReadonlyMap<string, Buffer>) {
  const taken = [...held.values()].reduce((sum, { length }) => sum + length, 0);
  try {
    return await blobs.read(sha256, { maxBytes: MAX_HELD_BYTES - taken });
  } catch (error) {
    // Missing, damaged or too large: nothing to put back.
    if (isLookalikeError(error) && !error.canRetry) return null;
    throw error;
  }
}

async function neededAgain(
  references: ReferencedBlobs,
  before: ReadonlySet<string>,
  publishMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  await sleep(publishMs, undefined, { signal });
  return [...(await references.catchUp())].filter((sha256) => !before.has(sha256));
}

/** `null` where the log has lost its beginning and so does not know all references. */
async function unlessIncomplete<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'log-incomplete') return null;
    throw error;
  }
}

/** The index knows all images, whatever the log has lost. */
async function picturesInIndex(
  { index, signal }: EraseOptions,
  { imageId, before = Number.POSITIVE_INFINITY }: Reading,
  hashes: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const batch of index.scan()) {
    signal?.throwIfAborted();
    for (const it of batch) {
      const isPast = it.imageId === imageId && it.version < before;
      if (it.state !== 'deleted' && !isPast && hashes.has(it.image.sha256)) found.add(it.image.sha256);
    }
  }
  return found;
}
