import { randomUUID } from 'node:crypto';

/** Under which keys blobs lie: `<prefix>/ab/abcd…` by their hash, and `<prefix>/tmp/…` until the hash is known. */
export class BlobKeys {
  constructor(readonly prefix: string) {}

  of(sha256: string): string {
    return `${this.prefix}/${sha256.slice(0, 2)}/${sha256}`;
  }

  newTemporary(): string {
    return `${this.prefix}/tmp/${randomUUID()}`;
  }
}
