import { Readable } from 'node:stream';
import { type BlobInfo, type BlobStore, LookalikeError, type PutOptions } from '#core';
import { sha256Of } from '../sha256-of.js';

/** The model of a `BlobStore`: the whole of every blob in memory. */
export class MemoryBlobStore implements BlobStore {
  private readonly blobs = new Map<string, Buffer>();

  async put(source: Uint8Array | Readable, { maxBytes, expectedSha256 }: PutOptions): Promise<BlobInfo> {
    const bytes = await collect(source, maxBytes);
    const sha256 = sha256Of(bytes);
    if (expectedSha256 !== undefined && expectedSha256 !== sha256) {
      throw new LookalikeError('blob-hash-mismatch', 'The bytes are not those that were announced.', {
        facts: { expected: expectedSha256, found: sha256 },
      });
    }
    this.blobs.set(sha256, bytes);
    return { sha256, sizeBytes: bytes.length };
  }

  async read(sha256: string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const bytes = this.known(sha256);
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    if (sha256Of(bytes) !== sha256) throw damaged(sha256);
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
    if (bytes === undefined) {
      throw new LookalikeError('blob-missing', 'There is no such blob.', { facts: { sha256 } });
    }
    return bytes;
  }
}

async function collect(source: Uint8Array | Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of ArrayBuffer.isView(source) ? [source] : source) {
    if (!isBytes(chunk)) throw new TypeError('A blob is put as bytes, not as text or objects.');
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isBytes(chunk: unknown): chunk is Uint8Array {
  return ArrayBuffer.isView(chunk) && 'subarray' in chunk;
}

function* verified(sha256: string, bytes: Buffer): Iterable<Buffer> {
  if (sha256Of(bytes) !== sha256) throw damaged(sha256);
  if (bytes.length > 0) yield Buffer.from(bytes);
}

function tooLarge(maxBytes: number): LookalikeError {
  return new LookalikeError('blob-too-large', `At most ${maxBytes} bytes are taken.`, { facts: { maxBytes } });
}

function damaged(sha256: string): LookalikeError {
  return new LookalikeError('blob-damaged', 'The stored bytes are no longer those that were put.', {
    facts: { sha256 },
  });
}
