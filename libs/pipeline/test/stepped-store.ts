import { Readable } from 'node:stream';
import { type BlobCopy, type BlobInfo, type BlobListing, type BlobStore, blobMissing } from '#core';
import { sha256Of } from '#testkit';

export interface Stored {
  readonly bytes: Buffer;
  readonly sinceMs: number;
}

/** What a store keeps, in memory that outlives whoever uses it. */
export interface StoredBlobs {
  nowMs: number;
  readonly blobs: Map<string, Stored>;
  readonly withdrawn: Map<string, Map<string, Stored>>;
  withdrawals: number;
}

/** As `rename` it is done in one step, or as S3 in two: copied first, then deleted unless that is too late. */
export type WithdrawalKind = 'rename' | 'copy-and-delete';

/** From the copy to the deletion, at most. */
export const WITHDRAWAL_MS = 30;

/** A store whose calls stop at each step, for the user that it is given to. */
export class SteppedStore implements BlobStore {
  /** When this user has first put or renewed something. */
  putAtMs: number | null = null;

  constructor(
    readonly kept: StoredBlobs,
    private readonly kind: WithdrawalKind,
    private readonly step: () => Promise<void>,
  ) {}

  async put(bytes: Uint8Array | Readable): Promise<BlobInfo> {
    if (bytes instanceof Readable) throw new Error('Only bytes.');
    const sha256 = sha256Of(bytes);
    await this.step();
    this.kept.blobs.set(sha256, { bytes: Buffer.from(bytes), sinceMs: this.kept.nowMs });
    this.putAtMs ??= this.kept.nowMs;
    return { sha256, sizeBytes: bytes.length };
  }

  async read(sha256: string): Promise<Buffer> {
    const found = this.#found(sha256);
    if (found === undefined) throw blobMissing(sha256);
    return found.bytes;
  }

  async open(sha256: string) {
    const bytes = await this.read(sha256);
    return { info: { sha256, sizeBytes: bytes.length }, stream: Readable.from([bytes]) };
  }

  async stat(sha256: string): Promise<BlobInfo | null> {
    const found = this.#found(sha256);
    return found === undefined ? null : { sha256, sizeBytes: found.bytes.length };
  }

  async delete(sha256: string): Promise<boolean> {
    this.kept.withdrawn.delete(sha256);
    return this.kept.blobs.delete(sha256);
  }

  async renew(sha256: string): Promise<BlobInfo | null> {
    this.putAtMs ??= this.kept.nowMs;
    await this.step();
    const found = this.#found(sha256);
    if (found === undefined) return null;
    this.kept.blobs.set(sha256, { bytes: found.bytes, sinceMs: this.kept.nowMs });
    return { sha256, sizeBytes: found.bytes.length };
  }

  async list(): Promise<BlobListing> {
    await this.step();
    return { atMs: this.kept.nowMs, copies: this.#copies() };
  }

  async withdraw({ sha256, sinceMs }: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean> {
    await this.step();
    if (this.kept.blobs.get(sha256)?.sinceMs !== sinceMs) return false;
    await this.step();
    return this.kind === 'rename' ? this.#moveAside(sha256) : this.#copyAndDelete(sha256);
  }

  async drop({ sha256, withdrawal }: Pick<BlobCopy, 'sha256'> & { readonly withdrawal: string }): Promise<void> {
    await this.step();
    this.kept.withdrawn.get(sha256)?.delete(withdrawal);
  }

  async close(): Promise<void> {}

  /** What it takes until it may delete. */
  protected isInTime(copiedAtMs: number): boolean {
    return this.kept.nowMs <= copiedAtMs + WITHDRAWAL_MS;
  }

  #moveAside(sha256: string): boolean {
    const found = this.kept.blobs.get(sha256);
    if (found === undefined) return false;
    this.#addWithdrawn(sha256, { bytes: found.bytes, sinceMs: this.kept.nowMs });
    return this.kept.blobs.delete(sha256);
  }

  async #copyAndDelete(sha256: string): Promise<boolean> {
    const found = this.kept.blobs.get(sha256);
    if (found === undefined) return false;
    const copiedAtMs = this.kept.nowMs;
    this.#addWithdrawn(sha256, { bytes: found.bytes, sinceMs: copiedAtMs + WITHDRAWAL_MS });
    await this.step();
    if (!this.isInTime(copiedAtMs)) throw new Error('It took too long.');
    this.kept.blobs.delete(sha256);
    return true;
  }

  #addWithdrawn(sha256: string, stored: Stored): void {
    const copies = this.kept.withdrawn.get(sha256) ?? new Map<string, Stored>();
    this.kept.withdrawals += 1;
    copies.set(String(this.kept.withdrawals), stored);
    this.kept.withdrawn.set(sha256, copies);
  }

  async *#copies(): AsyncGenerator<BlobCopy> {
    for (const [sha256, { bytes, sinceMs }] of [...this.kept.blobs]) {
      yield { sha256, sizeBytes: bytes.length, withdrawal: null, sinceMs };
    }
    await this.step();
    for (const [sha256, copies] of [...this.kept.withdrawn]) {
      for (const [withdrawal, { bytes, sinceMs }] of copies) {
        yield { sha256, sizeBytes: bytes.length, withdrawal, sinceMs };
      }
    }
  }

  #found(sha256: string): Stored | undefined {
    return this.kept.blobs.get(sha256) ?? this.kept.withdrawn.get(sha256)?.values().next().value;
  }
}
