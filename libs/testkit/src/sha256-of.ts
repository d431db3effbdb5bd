import { createHash } from 'node:crypto';

/** In hex, as blobs are named. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
