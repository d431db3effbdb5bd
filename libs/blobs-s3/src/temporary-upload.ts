import type { BlobInfo } from '#core';
import type { S3Bucket, UploadedPart } from './s3-bucket.js';
import { asStorageError, isUploadGone, OddAnswerError } from './s3-errors.js';

/**
 * A blob too large for one request, sent in parts under a key of its own, because its hash is known only when all of it
 * is there. Nothing is seen under the blob's key before the server has the whole and copied it there in one step.
 */
export class TemporaryUpload {
  readonly #parts: UploadedPart[] = [];
  /** While it is completed, and after an answer that was lost, there may be the parts or what they make. */
  #state: 'sending' | 'completing' | 'complete' = 'sending';

  private constructor(
    private readonly bucket: S3Bucket,
    private readonly key: string,
    private readonly id: string,
  ) {}

  static async begin(bucket: S3Bucket, key: string): Promise<TemporaryUpload> {
    return new TemporaryUpload(bucket, key, await bucket.beginUpload(key));
  }

  /** In their order, one at a time. */
  async add(bytes: Buffer): Promise<void> {
    this.#parts.push(await this.bucket.uploadPart(this.key, this.id, this.#parts.length + 1, bytes));
  }

  /** Makes the blob of its parts. */
  async publish(key: string, info: BlobInfo): Promise<void> {
    await this.#complete(info.sizeBytes);
    const { sha256: found } = await this.bucket.copy(this.key, key);
    if (found !== undefined && found !== info.sha256) {
      // Not a blob: nobody may find it there.
      await this.bucket.delete(key);
      throw asStorageError(new OddAnswerError(`S3 made ${found} of ${info.sha256}.`));
    }
    await this.discard();
  }

  /** As far as it can: what cannot be removed now is left to the bucket's lifecycle rule for `<prefix>/tmp/`. */
  async discard(): Promise<void> {
    if (this.#state !== 'complete') await this.bucket.abortUpload(this.key, this.id).catch(() => {});
    if (this.#state !== 'sending') await this.bucket.delete(this.key).catch(() => {});
  }

  async #complete(sizeBytes: number): Promise<void> {
    this.#state = 'completing';
    try {
      await this.bucket.completeUpload(this.key, this.id, this.#parts);
    } catch (error) {
      // Done by a request whose answer was lost.
      if (!isUploadGone(error) || (await this.bucket.head(this.key))?.sizeBytes !== sizeBytes) throw error;
    }
    this.#state = 'complete';
  }
}
