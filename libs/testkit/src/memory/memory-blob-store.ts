import { Readable } from 'node:stream';
import {
  type BlobInfo,
  type BlobStore,
  blobDamaged,
  blobMissing,
  blobTooLarge,
  checkBlobChunk,
  checkBlobHash,
  type PutOptions,
} from '#core';
import { sha256Of } from '../sha256-of.js';

/** The model of a `BlobStore`: the whole of every blob in memory. */
export class MemoryBlobStore implements BlobStore {
  private readonly blobs = new Map<string, Buffer>();

  async put(source: Uint8Array | Readable, { maxBytes, expectedSha256 }: PutOptions): Promise<BlobInfo> {
    const bytes = await collect(source, maxBytes);
    const sha256 = sha256Of(bytes);
    checkBlobHash(sha256, expectedSha256);
    this.blobs.set(sha256, bytes);
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
    const bytes = this.blobs.get(sha256);
    return bytes === undefined ? null : { sha256, sizeBytes: bytes.length };
  }

  async delete(sha256: string): Promise<boolean> {
    return this.blobs.delete(sha256);
  }

  async close(): Promise<void> {}

  /** Everything that is kept, by name. */
  names(): readonly string[] {
    return [...this.blobs.keys()];
  }

  /** Changes the bytes of a blob behind its back. */
  damage(sha256: string): void {
    const bytes = Buffer.from(this.known(sha256));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    this.blobs.set(sha256, bytes);
  }

  private known(sha256: string): Buffer {
    const bytes = this.blobs.get(sha256);
    if (bytes === undefined) throw blobMissing(sha256);
    return bytes;
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
