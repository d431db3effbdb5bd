import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type BlobInfo, blobDamaged } from '#core';
import { storageError } from './storage-error.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * Streams a file and hashes it on the way. The last chunk is handed out only after the whole hash is right, so nobody
 * ever holds all bytes of a damaged blob: an HTTP answer with a Content-Length breaks off instead of looking complete.
 */
export class VerifiedFileStream extends Readable {
  private readonly hash = createHash('sha256');
  private position = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly info: BlobInfo,
  ) {
    super({ highWaterMark: CHUNK_BYTES });
  }

  override _read(): void {
    this.nextChunk().then(
      (chunk) => this.handOut(chunk),
      (error) => this.destroy(storageError(error)),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.file.close().then(
      () => done(error),
      (closeError) => done(error ?? storageError(closeError)),
    );
  }

  private async nextChunk(): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.info.sizeBytes - this.position));
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, this.position);
    return buffer.subarray(0, bytesRead);
  }

  private handOut(chunk: Buffer): void {
    if (this.destroyed) return;
    this.hash.update(chunk);
    this.position += chunk.length;
    const isLast = this.position === this.info.sizeBytes;
    const endedEarly = chunk.length === 0 && !isLast;
    if (endedEarly || (isLast && this.hash.digest('hex') !== this.info.sha256)) {
      this.destroy(blobDamaged(this.info.sha256));
      return;
    }
    if (chunk.length > 0) this.push(chunk);
    if (isLast) this.push(null);
  }
}
