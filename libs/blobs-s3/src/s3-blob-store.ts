import type { Readable } from 'node:stream';
import {
  type BlobInfo,
  type BlobStore,
  blobMissing,
  blobTooLarge,
  isBlobName,
  type PutOptions,
  returnableBytes,
} from '#core';
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

  constructor(
    private readonly bucket: S3Bucket,
    private readonly keys: BlobKeys,
    private readonly settings: S3Settings,
  ) {}

  put(source: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo> {
    return new BlobPut(this.bucket, this.keys, this.settings.partBytes).run(source, options);
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
    if (!isBlobName(sha256)) return null;
    const key = this.keys.of(sha256);
    const found = (await this.bucket.head(key)) ?? (await this.#sureOf(key));
    return found && { sha256, sizeBytes: found.sizeBytes };
  }

  /** That there is no object is believed when S3 says so, in words. */
  async #sureOf(key: string) {
    const found = await this.bucket.get(key);
    found?.stream.destroy();
    return found;
  }

  /** Asks first, since the server does not say whether there was one: of two at a time both may say so. */
  async delete(sha256: string): Promise<boolean> {
    if ((await this.stat(sha256)) === null) return false;
    await this.bucket.delete(this.keys.of(sha256));
    return true;
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
    return VerifiedBlobReader.open(this.bucket, this.keys.of(sha256), sha256, this.settings.retries);
  }
}
