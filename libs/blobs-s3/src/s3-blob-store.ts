import type { Readable } from 'node:stream';
import {
  type BlobCopy,
  type BlobInfo,
  type BlobListing,
  type BlobStore,
  blobMissing,
  blobTooLarge,
  isBlobName,
  type PutOptions,
  returnableBytes,
} from '#core';
import { BlobCopies } from './blob-copies.js';
import { BlobKeys } from './blob-keys.js';
import { BlobPut } from './blob-put.js';
import { S3Bucket } from './s3-bucket.js';
import { asSettingError } from './s3-errors.js';
import { checkSettings, type S3Settings } from './s3-settings.js';
import { TemporaryUpload } from './temporary-upload.js';
import { VerifiedBlobReader } from './verified-blob-reader.js';
import { VerifiedBlobStream } from './verified-blob-stream.js';

/**
 * Blobs as objects of a bucket, which several processes may share. Every blob is durable when its put resolves, derived
 * or not. At most 5 GiB each, also where `maxBytes` says more.
 */
export interface S3BlobStore extends BlobStore {
  /**
   * Whether the bucket can be listed and, until that has been shown once, written to.
   * @throws `invalid-setting` naming what the server refuses; `storage-unavailable` when it cannot be reached.
   */
  check(): Promise<void>;
}

/**
 * Nothing is asked of the server before the first call.
 * @throws `invalid-setting` for a setting out of range.
 */
export function openS3Blobs(settings: S3Settings): S3BlobStore {
  checkSettings(settings);
  return new S3Blobs(new S3Bucket(settings), new BlobKeys(settings.prefix), settings);
}

class S3Blobs implements S3BlobStore {
  #hasWritten = false;
  private readonly copies: BlobCopies;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly keys: BlobKeys,
    private readonly settings: S3Settings,
  ) {
    this.copies = new BlobCopies(bucket, keys);
  }

  put(source: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo> {
    return new BlobPut(this.bucket, this.keys, this.copies, this.settings.partBytes).run(source, options);
  }

  async read(sha256: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const reader = await this.#reader(sha256);
    try {
      const { sizeBytes } = reader.info;
      if (sizeBytes > maxBytes) throw blobTooLarge(maxBytes);
      const bytes = Buffer.from(returnableBytes(sizeBytes).buffer);
      let position = 0;
      for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
        position += chunk.copy(bytes, position);
      }
      return bytes;
    } catch (error) {
      reader.destroy();
      throw error;
    }
  }

  async open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }> {
    const reader = await this.#reader(sha256);
    return { info: reader.info, stream: new VerifiedBlobStream(reader) };
  }

  async stat(sha256: string): Promise<BlobInfo | null> {
    return isBlobName(sha256) ? this.copies.stat(sha256) : null;
  }

  /** Asks first, since the server does not say whether there was one: of two at a time both may say so. */
  async delete(sha256: string): Promise<boolean> {
    if ((await this.stat(sha256)) === null) return false;
    await this.copies.delete(sha256);
    return true;
  }

  async renew(sha256: string): Promise<BlobInfo | null> {
    if (!isBlobName(sha256) || !(await this.copies.renew(sha256))) return null;
    return this.copies.stat(sha256);
  }

  list(): Promise<BlobListing> {
    return this.copies.list();
  }

  async withdraw(listed: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean> {
    return isBlobName(listed.sha256) && this.copies.withdraw(listed);
  }

  drop({ sha256, withdrawal }: Pick<BlobCopy, 'sha256'> & { readonly withdrawal: string }): Promise<void> {
    return this.copies.drop(sha256, withdrawal);
  }

  async check(): Promise<void> {
    try {
      await this.bucket.list(`${this.keys.prefix}/`);
      if (this.#hasWritten) return;
      const upload = await TemporaryUpload.begin(this.bucket, this.keys.newTemporary());
      await upload.discard();
      this.#hasWritten = true;
    } catch (error) {
      throw asSettingError(error, this.settings);
    }
  }

  /** What is under way ends with `storage-unavailable`. */
  async close(): Promise<void> {
    this.bucket.close();
  }

  async #reader(sha256: string): Promise<VerifiedBlobReader> {
    if (!isBlobName(sha256)) throw blobMissing(sha256);
    return VerifiedBlobReader.open(this.bucket, this.copies, sha256, this.settings.retries);
  }
}
