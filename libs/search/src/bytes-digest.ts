import { createHash } from 'node:crypto';

/** SHA-256 in 64 lowercase hex digits, as the blob store names bytes. */
export function bytesDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
