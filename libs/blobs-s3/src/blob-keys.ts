import { randomUUID } from 'node:crypto';

const REST_OF_BLOB = /^[0-9a-f]{2}\/([0-9a-f]{64})$/;
const REST_OF_WITHDRAWN = /^withdrawn\/[0-9a-f]{2}\/([0-9a-f]{64})_([0-9a-f-]{36})$/;

/**
 * Under which keys blobs lie: `<prefix>/ab/abcd…` by their hash, `<prefix>/withdrawn/ab/abcd…_<withdrawal>` when they
 * were moved aside, and `<prefix>/tmp/…` until the hash is known.
 */
export class BlobKeys {
  constructor(readonly prefix: string) {}

  of(sha256: string): string {
    return `${this.prefix}/${sha256.slice(0, 2)}/${sha256}`;
  }

  newTemporary(): string {
    return `${this.prefix}/tmp/${randomUUID()}`;
  }

  /** Each withdrawal has keys of its own: who deletes one, however late, deletes nothing that another has moved since. */
  newWithdrawn(sha256: string): string {
    return this.withdrawn(sha256, randomUUID());
  }

  withdrawn(sha256: string, withdrawal: string): string {
    return `${this.withdrawnOf(sha256)}${withdrawal}`;
  }

  /** What the keys of all withdrawn copies of a blob begin with. */
  withdrawnOf(sha256: string): string {
    return `${this.prefix}/withdrawn/${sha256.slice(0, 2)}/${sha256}_`;
  }

  /** What lies under a key; `null` when it is neither a blob nor a withdrawn copy of one. */
  parse(key: string): { readonly sha256: string; readonly withdrawal: string | null } | null {
    const rest = key.slice(this.prefix.length + 1);
    const [, sha256, withdrawal = null] = REST_OF_BLOB.exec(rest) ?? REST_OF_WITHDRAWN.exec(rest) ?? [];
    return sha256 === undefined ? null : { sha256, withdrawal };
  }
}
