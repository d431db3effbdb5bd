import { Readable } from 'node:stream';
import type { VerifiedBlobReader } from './verified-blob-reader.js';

const BUFFERED_BYTES = 64 * 1024;

/** A blob at its reader's pace. Fails before its end when the bytes are not the blob's. */
export class VerifiedBlobStream extends Readable {
  constructor(private readonly reader: VerifiedBlobReader) {
    super({ highWaterMark: BUFFERED_BYTES });
  }

  override _read(): void {
    this.reader.next().then(
      (chunk) => {
        if (!this.destroyed) this.push(chunk);
      },
      (error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.reader.destroy();
    done(error);
  }
}
