import type { Readable } from 'node:stream';
import { type BlobInfo, isBlobName, LookalikeError, type PutOptions } from '#core';
import type { BlobCopies } from './blob-copies.js';
import type { BlobKeys } from './blob-keys.js';
import { HashedParts } from './hashed-parts.js';
import type { S3Bucket } from './s3-bucket.js';
import { TemporaryUpload } from './temporary-upload.js';

/** What one copy on the server takes; also fewer than 10,000 parts. */
const MAX_BLOB_BYTES = 5 * 2 ** 30;

/**
 * One put. A blob of one part is put as one object, a larger one by way of a temporary key. What the server has intact
 * already is renewed and not sent; of a larger one only where the caller knows the hash, since otherwise it is known too late.
 */
export class BlobPut {
  #isThere = false;
  #upload: TemporaryUpload | null = null;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly keys: BlobKeys,
    private readonly copies: BlobCopies,
    private readonly partBytes: number,
  ) {}

  /** Rejects when nothing of it is left, as far as the server can be reached; the source is then destroyed. */
  async run(source: Uint8Array | Readable, { maxBytes, expectedSha256 }: PutOptions): Promise<BlobInfo> {
    const limits = { partBytes: this.partBytes, maxBytes: Math.min(maxBytes, MAX_BLOB_BYTES) };
    try {
      this.bucket.assertOpen();
      return await this.#send(new HashedParts(source, limits), expectedSha256);
    } catch (error) {
      if (!ArrayBuffer.isView(source)) source.destroy();
      await this.#upload?.discard();
      throw error;
    }
  }

  async #send(parts: HashedParts, expectedSha256: string | undefined): Promise<BlobInfo> {
    let isFirst = true;
    for await (const { bytes, isLast } of parts) {
      if (isLast) {
        const info = parts.finish(expectedSha256);
        await this.#publish(bytes, info);
        return info;
      }
      if (isFirst) await this.#begin(expectedSha256);
      isFirst = false;
      await this.#upload?.add(bytes);
    }
    throw new LookalikeError('internal', 'A put came to no last part.');
  }

  async #begin(expectedSha256: string | undefined): Promise<void> {
    this.#isThere = expectedSha256 !== undefined && (await this.#isIntact(expectedSha256));
    if (!this.#isThere) this.#upload = await TemporaryUpload.begin(this.bucket, this.keys.newTemporary());
  }

  async #publish(lastPart: Buffer, info: BlobInfo): Promise<void> {
    if (this.#isThere) return this.#renew(info.sha256);
    // One that is moved aside meanwhile is sent.
    if ((await this.#isIntact(info.sha256)) && (await this.copies.renew(info.sha256))) return this.#upload?.discard();
    const key = this.keys.of(info.sha256);
    if (this.#upload === null) return this.bucket.put(key, lastPart, info.sha256);
    await this.#upload.add(lastPart);
    await this.#upload.publish(key, info);
  }

  /** Its bytes were not sent. */
  async #renew(sha256: string): Promise<void> {
    if (await this.copies.renew(sha256)) return;
    throw new LookalikeError('storage-unavailable', 'What was there already was deleted during the put.', {
      facts: { sha256 },
    });
  }

  /** By the hash that the server made of what it has: what merely lies under this name may be anything. */
  async #isIntact(sha256: string): Promise<boolean> {
    if (!this.bucket.keepsSha256 || !isBlobName(sha256)) return false;
    return (await this.bucket.head(this.keys.of(sha256), { withSha256: true }))?.sha256 === sha256;
  }
}
