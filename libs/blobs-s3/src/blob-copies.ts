import { type BlobCopy, type BlobInfo, type BlobListing, LookalikeError } from '#core';
import type { BlobKeys } from './blob-keys.js';
import type { ObjectBody, S3Bucket } from './s3-bucket.js';

/** From the copy of a withdrawal until it deletes the blob itself, at most. */
const WITHDRAWAL_MS = 10 * 60_000;
/** S3 refuses a request that was signed longer ago than 15 minutes; five more for clocks that count whole seconds otherwise. */
const SIGNATURE_MS = 20 * 60_000;
/** Of looking for a blob that others move from one key to the other meanwhile. */
const LOOKS = 3;

/**
 * Blobs, and what withdrawals have copied aside of them. S3 cannot delete an object on the condition that it is still
 * the one that was looked at. So what a withdrawal deletes may have been put a moment ago; but its copy stays until
 * long after the last moment at which that deletion can be done.
 */
export class BlobCopies {
  constructor(
    private readonly bucket: S3Bucket,
    private readonly keys: BlobKeys,
  ) {}

  /** `null` when there is none. @param position in bytes. */
  get(sha256: string, position = 0): Promise<ObjectBody | null> {
    return this.#firstThere(sha256, (key) => this.bucket.get(key, position));
  }

  /** `null` when there is none. */
  stat(sha256: string): Promise<BlobInfo | null> {
    return this.#firstThere(sha256, async (key) => {
      const found = (await this.bucket.head(key)) ?? (await this.#sureOf(key));
      return found && { sha256, sizeBytes: found.sizeBytes };
    });
  }

  /** That there is no object is believed when S3 says so, in words. */
  async #sureOf(key: string) {
    const found = await this.bucket.get(key);
    found?.stream.destroy();
    return found;
  }

  async delete(sha256: string): Promise<void> {
    await this.bucket.delete(this.keys.of(sha256));
    for (const key of await this.#withdrawn(sha256)) await this.bucket.delete(key);
  }

  /** Copied onto itself, an object has a new time. False when there is none. A withdrawn copy stays. */
  async renew(sha256: string): Promise<boolean> {
    const to = this.keys.of(sha256);
    const renewed = await this.#firstThere(sha256, (from) => this.bucket.copyIfThere(from, to));
    return renewed !== null;
  }

  async list(): Promise<BlobListing> {
    const pages = this.bucket.pages(`${this.keys.prefix}/`);
    const first = await pages.next();
    const atMs = first.done ? odd() : first.value.atMs;
    const { keys } = this;
    async function* copies(): AsyncGenerator<BlobCopy> {
      for (let page = first; !page.done; page = await pages.next()) {
        for (const { key, sizeBytes, modifiedAtMs } of page.value.objects) {
          const blob = keys.parse(key);
          if (blob === null) continue;
          const sinceMs = blob.withdrawal === null ? modifiedAtMs : modifiedAtMs + WITHDRAWAL_MS + SIGNATURE_MS;
          yield { ...blob, sizeBytes, sinceMs };
        }
      }
    }
    return { atMs, copies: copies() };
  }

  async withdraw({ sha256, sinceMs }: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean> {
    const key = this.keys.of(sha256);
    if ((await this.bucket.head(key))?.modifiedAtMs !== sinceMs) return false;
    const copied = await this.bucket.copyIfThere(key, this.keys.newWithdrawn(sha256));
    if (copied === null) return false;
    await this.bucket.delete(key, copied.modifiedAtMs + WITHDRAWAL_MS);
    return true;
  }

  async drop(sha256: string, withdrawal: string): Promise<void> {
    await this.bucket.delete(this.keys.withdrawn(sha256, withdrawal));
  }

  /** Of the blob itself, or else of a copy that was moved aside. `null` when there is neither. */
  async #firstThere<T>(sha256: string, use: (key: string) => Promise<T | null>): Promise<T | null> {
    for (let look = 0; look < LOOKS; look += 1) {
      const aside = look === 0 ? [] : await this.#withdrawn(sha256);
      if (look > 0 && aside.length === 0) return use(this.keys.of(sha256));
      for (const key of [this.keys.of(sha256), ...aside]) {
        const found = await use(key);
        if (found !== null) return found;
      }
    }
    return null;
  }

  async #withdrawn(sha256: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { objects } of this.bucket.pages(this.keys.withdrawnOf(sha256))) {
      keys.push(...objects.map(({ key }) => key));
    }
    return keys;
  }
}

function odd(): never {
  throw new LookalikeError('storage-unavailable', 'S3 answered a listing with no page.');
}
