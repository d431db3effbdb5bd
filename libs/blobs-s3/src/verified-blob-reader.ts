import { createHash } from 'node:crypto';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { type BlobInfo, blobDamaged, blobMissing } from '#core';
import type { BlobCopies } from './blob-copies.js';
import type { ObjectBody, S3Bucket } from './s3-bucket.js';
import { asStorageError } from './s3-errors.js';

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 1_000;

/** The connection was lost in the middle of the body. */
class BodyLostError extends Error {
  override readonly name = 'BodyLostError';
}

/**
 * Reads a blob from front to back and hashes it on the way. A connection that is lost is resumed where it ended, when
 * more is asked for. The last chunk is handed out only after the whole hash is right, so nobody ever holds all bytes of
 * a damaged blob.
 */
export class VerifiedBlobReader {
  readonly #hash = createHash('sha256');
  readonly #retry;
  #body: ObjectBody['stream'] | null;
  #chunks: AsyncIterator<Buffer> | null = null;
  #positionBytes = 0;
  #isFinished = false;
  #isDestroyed = false;

  private constructor(
    private readonly bucket: S3Bucket,
    private readonly copies: BlobCopies,
    readonly info: BlobInfo,
    body: ObjectBody['stream'],
    retries: number,
  ) {
    this.#body = body;
    const backoff = new ExponentialBackoff({ initialDelay: FIRST_BACKOFF_MS, maxDelay: MAX_BACKOFF_MS });
    this.#retry = retry(handleType(BodyLostError), { maxAttempts: retries, backoff });
  }

  /** @param retries without getting any further. @throws `blob-missing`, `storage-unavailable`. */
  static async open(
    bucket: S3Bucket,
    copies: BlobCopies,
    sha256: string,
    retries: number,
  ): Promise<VerifiedBlobReader> {
    const found = await copies.get(sha256);
    if (found === null) throw blobMissing(sha256);
    return new VerifiedBlobReader(bucket, copies, { sha256, sizeBytes: found.sizeBytes }, found.stream, retries);
  }

  /** `null` at the end. @throws `blob-damaged`, `blob-missing` (deleted meanwhile), `storage-unavailable`. */
  async next(): Promise<Buffer | null> {
    if (this.#isFinished) return null;
    const chunk = this.info.sizeBytes === 0 ? null : await this.#received();
    if (chunk !== null) this.#hash.update(chunk);
    this.#positionBytes += chunk?.length ?? 0;
    if (this.#positionBytes >= this.info.sizeBytes) this.#finish();
    return chunk;
  }

  /** At once, whatever is under way. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#body?.destroy();
  }

  #finish(): void {
    this.#isFinished = true;
    // Seeing the end gives the connection back.
    if (this.#chunks === null) this.#body?.resume();
    else void this.#chunks.next().catch(() => {});
    this.#body = null;
    if (this.#hash.digest('hex') !== this.info.sha256) throw blobDamaged(this.info.sha256);
  }

  async #received(): Promise<Buffer> {
    try {
      return await this.#retry.execute(() => this.#nextOfBody());
    } catch (error) {
      this.bucket.assertOpen();
      throw asStorageError(error);
    }
  }

  async #nextOfBody(): Promise<Buffer> {
    this.#body ??= await this.#resumed();
    this.#chunks ??= this.#body[Symbol.asyncIterator]();
    try {
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error('The body ended early.');
      return value;
    } catch (cause) {
      this.#body.destroy();
      this.#body = null;
      this.#chunks = null;
      if (this.#isDestroyed) throw cause;
      throw new BodyLostError('The connection was lost.', { cause });
    }
  }

  async #resumed(): Promise<ObjectBody['stream']> {
    const found = await this.copies.get(this.info.sha256, this.#positionBytes);
    if (found === null) throw blobMissing(this.info.sha256);
    if (this.#isDestroyed) found.stream.destroy();
    if (found.sizeBytes === this.info.sizeBytes) return found.stream;
    found.stream.destroy();
    throw blobDamaged(this.info.sha256);
  }
}
