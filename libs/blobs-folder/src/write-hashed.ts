import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type BlobInfo, blobTooLarge, checkBlobChunk } from '#core';
import { onDisk } from './storage-error.js';

/** Copies into a file, hashing and counting on the way. @throws `blob-too-large`, `storage-unavailable`, what the source throws. */
export async function copyHashed(source: Uint8Array | Readable, file: FileHandle, maxBytes: number): Promise<BlobInfo> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of ArrayBuffer.isView(source) ? [source] : source) {
    checkBlobChunk(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw blobTooLarge(maxBytes);
    hash.update(chunk);
    await onDisk(() => writeAll(file, chunk));
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** One write may take fewer bytes than it was given, for instance shortly before the disk is full. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let rest = chunk;
  while (rest.length > 0) {
    const { bytesWritten } = await file.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
