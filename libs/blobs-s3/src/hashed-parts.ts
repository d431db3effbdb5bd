import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type BlobInfo, blobTooLarge, checkBlobChunk, checkBlobHash } from '#core';

const FIRST_BYTES = 64 * 1024;

export interface Part {
  /** Until the next part is asked for, which takes the same memory. */
  readonly bytes: Buffer;
  /** Only the last one may be smaller than the others. */
  readonly isLast: boolean;
}

/** Cuts what is put into parts of one size, and hashes and counts the whole on the way. There is at least one part. */
export class HashedParts {
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;
  /** Chunks are copied: kept as they come, a million small ones take a hundred times their bytes. */
  #part: Buffer = Buffer.alloc(0);
  #filledBytes = 0;

  constructor(
    private readonly source: Uint8Array | Readable,
    private readonly limits: { readonly partBytes: number; readonly maxBytes: number },
  ) {}

  /** @throws `blob-too-large`, TypeError, and what the source throws. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Part> {
    for await (const chunk of ArrayBuffer.isView(this.source) ? [this.source] : this.source) {
      this.#count(chunk);
      let rest: Uint8Array = chunk;
      while (rest.length > 0) {
        // Full, and not the last one.
        if (this.#filledBytes === this.limits.partBytes) yield { bytes: this.#take(), isLast: false };
        rest = this.#fill(rest);
      }
    }
    yield { bytes: this.#take(), isLast: true };
  }

  /** Of the whole, with its last part. @throws `blob-hash-mismatch`. */
  finish(expectedSha256: string | undefined): BlobInfo {
    const sha256 = this.#hash.digest('hex');
    checkBlobHash(sha256, expectedSha256);
    return { sha256, sizeBytes: this.#sizeBytes };
  }

  #count(chunk: unknown): asserts chunk is Uint8Array {
    checkBlobChunk(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.limits.maxBytes) throw blobTooLarge(this.limits.maxBytes);
    this.#hash.update(chunk);
  }

  /** Returns what no longer fits. */
  #fill(chunk: Uint8Array): Uint8Array {
    const fitting = chunk.subarray(0, this.limits.partBytes - this.#filledBytes);
    const neededBytes = this.#filledBytes + fitting.length;
    if (neededBytes > this.#part.length) this.#grow(neededBytes);
    this.#part.set(fitting, this.#filledBytes);
    this.#filledBytes = neededBytes;
    return chunk.subarray(fitting.length);
  }

  #grow(neededBytes: number): void {
    const sizeBytes = Math.max(neededBytes, FIRST_BYTES, 2 * this.#part.length);
    const larger = Buffer.allocUnsafeSlow(Math.min(sizeBytes, this.limits.partBytes));
    larger.set(this.#part.subarray(0, this.#filledBytes));
    this.#part = larger;
  }

  #take(): Buffer {
    const bytes = this.#part.subarray(0, this.#filledBytes);
    this.#filledBytes = 0;
    return bytes;
  }
}
