import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type BlobCopy,
  type BlobInfo,
  type BlobListing,
  type BlobStore,
  blobDamaged,
  blobMissing,
  blobTooLarge,
  checkBlobChunk,
  checkBlobHash,
  type PutOptions,
} from '#core';
import { sha256Of } from '../sha256-of.js';

interface Stored {
  readonly bytes: Buffer;
  readonly sinceMs: number;
}

/** The model of a `BlobStore`: the whole of every blob in memory. */
export class MemoryBlobStore implements BlobStore {
  private readonly blobs = new Map<string, Stored>();
  /** By blob, then by withdrawal. */
  private readonly withdrawn = new Map<string, Map<string, Stored>>();

  /** @param clock in milliseconds. */
  constructor(private readonly clock: () => number = () => Date.now()) {}

  async put(source: Uint8Array | Readable, { maxBytes, expectedSha256 }: PutOptions): Promise<BlobInfo> {
    const bytes = await collect(source, maxBytes);
    const sha256 = sha256Of(bytes);
    checkBlobHash(sha256, expectedSha256);
    this.blobs.set(sha256, { bytes, sinceMs: this.clock() });
    return { sha256, sizeBytes: bytes.length };
  }

  async read(sha256: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const bytes = this.known(sha256);
    if (bytes.length > maxBytes) throw blobTooLarge(maxBytes);
    if (sha256Of(bytes) !== sha256) throw blobDamaged(sha256);
    return Buffer.from(bytes);
  }

  async open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }> {
    const bytes = this.known(sha256);
    return { info: { sha256, sizeBytes: bytes.length }, stream: Readable.from(verified(sha256, bytes)) };
  }

  async stat(sha256: string): Promise<BlobInfo | null> {
    const found = this.find(sha256);
    return found === undefined ? null : { sha256, sizeBytes: found.bytes.length };
  }

  async delete(sha256: string): Promise<boolean> {
    const hadWithdrawn = this.withdrawn.delete(sha256);
    return this.blobs.delete(sha256) || hadWithdrawn;
  }

  async renew(sha256: string): Promise<BlobInfo | null> {
    const found = this.find(sha256);
    if (found === undefined) return null;
    this.blobs.set(sha256, { bytes: found.bytes, sinceMs: this.clock() });
    this.withdrawn.delete(sha256);
    return { sha256, sizeBytes: found.bytes.length };
  }

  async list(): Promise<BlobListing> {
    return { atMs: this.clock(), copies: this.copies() };
  }

  async withdraw({ sha256, sinceMs }: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean> {
    const found = this.blobs.get(sha256);
    if (found === undefined || found.sinceMs !== sinceMs) return false;
    const copies = this.withdrawn.get(sha256) ?? new Map<string, Stored>();
    copies.set(randomUUID(), { bytes: found.bytes, sinceMs: this.clock() });
    this.withdrawn.set(sha256, copies);
    return this.blobs.delete(sha256);
  }

  async drop({ sha256, withdrawal }: Pick<BlobCopy, 'sha256'> & { readonly withdrawal: string }): Promise<void> {
    const copies = this.withdrawn.get(sha256);
    copies?.delete(withdrawal);
    if (copies?.size === 0) this.withdrawn.delete(sha256);
  }

  async close(): Promise<void> {}

  /** Everything that is kept, by name; what is withdrawn is named once more. */
  names(): readonly string[] {
    return [...this.blobs.keys(), ...this.withdrawn.keys()];
  }

  /** Changes the bytes of a blob behind its back. */
  damage(sha256: string): void {
    const bytes = Buffer.from(this.known(sha256));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    this.blobs.set(sha256, { bytes, sinceMs: this.clock() });
  }

  private async *copies(): AsyncGenerator<BlobCopy> {
    for (const [sha256, { bytes, sinceMs }] of this.blobs) {
      yield { sha256, sizeBytes: bytes.length, withdrawal: null, sinceMs };
    }
    for (const [sha256, copies] of this.withdrawn) {
      for (const [withdrawal, { bytes, sinceMs }] of copies) {
        yield { sha256, sizeBytes: bytes.length, withdrawal, sinceMs };
      }
    }
  }

  private find(sha256: string): Stored | undefined {
    return this.blobs.get(sha256) ?? this.withdrawn.get(sha256)?.values().next().value;
  }

  private known(sha256: string): Buffer {
    const found = this.find(sha256);
    if (found === undefined) throw blobMissing(sha256);
    return found.bytes;
  }
}

async function collect(source: Uint8Array | Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of ArrayBuffer.isView(source) ? [source] : source) {
    checkBlobChunk(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw blobTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function* verified(sha256: string, bytes: Buffer): Iterable<Buffer> {
  if (sha256Of(bytes) !== sha256) throw blobDamaged(sha256);
  if (bytes.length > 0) yield Buffer.from(bytes);
}
