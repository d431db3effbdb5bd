import { LookalikeError } from './errors.js';

/** What every blob store says, in one place, so that all of them say the same. */

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a blob can have this name. What cannot be one is missing, and never becomes part of a path. */
export function isBlobName(sha256: string): boolean {
  return SHA256.test(sha256);
}

/** @throws TypeError for text or an object, which a stream may hand out as well. */
export function checkBlobChunk(chunk: unknown): asserts chunk is Uint8Array {
  if (ArrayBuffer.isView(chunk) && 'subarray' in chunk) return;
  throw new TypeError('A blob is put as bytes, not as text or objects.');
}

/** @throws `blob-hash-mismatch`. */
export function checkBlobHash(found: string, expected: string | undefined): void {
  if (expected === undefined || expected === found) return;
  throw new LookalikeError('blob-hash-mismatch', 'The bytes are not those that were announced.', {
    facts: { expected, found },
  });
}

export function blobMissing(sha256: string): LookalikeError {
  return new LookalikeError('blob-missing', 'There is no such blob.', { facts: { sha256: sha256.slice(0, 100) } });
}

export function blobTooLarge(maxBytes: number): LookalikeError {
  return new LookalikeError('blob-too-large', `At most ${maxBytes} bytes are taken.`, { facts: { maxBytes } });
}

export function blobDamaged(sha256: string): LookalikeError {
  return new LookalikeError('blob-damaged', 'The stored bytes are no longer those that were put.', {
    facts: { sha256 },
  });
}
