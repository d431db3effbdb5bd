import { type ImageId, isLookalikeError } from '#core';
import { referencedAmong } from '../blob-collection/references.js';
import type { EraseOptions } from './erase-options.js';

/**
 * Which of the blobs are pictures of other images. A log that has lost its beginning does not know all of them; then the
 * index is asked, which does.
 */
export async function sharedAmong(
  options: EraseOptions,
  hashes: ReadonlySet<string>,
  except: ImageId,
): Promise<ReadonlySet<string>> {
  const { log, signal } = options;
  try {
    return await referencedAmong({ log, signal, except }, hashes);
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'log-incomplete') return picturesInIndex(options, hashes, except);
    throw error;
  }
}

async function picturesInIndex({ index, signal }: EraseOptions, hashes: ReadonlySet<string>, except: ImageId) {
  const found = new Set<string>();
  for await (const batch of index.scan()) {
    signal?.throwIfAborted();
    for (const it of batch) {
      if (it.state !== 'deleted' && it.imageId !== except && hashes.has(it.image.sha256)) found.add(it.image.sha256);
    }
  }
  return found;
}
