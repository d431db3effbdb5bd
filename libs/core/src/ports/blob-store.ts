import type { Readable } from 'node:stream';

export interface BlobInfo {
  /** Lowercase hex SHA-256 of the bytes; the blob's only name. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface PutOptions {
  /** More bytes than this end the put with `blob-too-large`. */
  readonly maxBytes: number;
  /** @throws `blob-hash-mismatch` when the bytes have another hash. */
  readonly expectedSha256?: string;
  /**
   * The bytes can be made again from others, so the put need not wait for the disk: after a power loss the blob may be
   * missing or damaged, which reading tells. A process that dies loses nothing. An intact blob of the same bytes stays.
   */
  readonly isDerived?: boolean;
}

/** Bytes by their SHA-256. A blob is there whole or not at all, and what is read is what was put. */
export interface BlobStore {
  /** Durable when it resolves, unless it is derived. Putting the same bytes twice is one blob. A failed put leaves nothing behind. */
  put(bytes: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo>;
  /** The whole blob, verified; the caller's alone, who may `giveBack` its memory. @throws `blob-missing`, `blob-damaged`, `blob-too-large` (over `maxBytes`). */
  read(sha256: string, options: { readonly maxBytes: number }): Promise<Buffer>;
  /** As a stream that fails with `blob-damaged` before its end when the bytes are not the blob's. @throws `blob-missing`. */
  open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }>;
  /** `null` when there is none. */
  stat(sha256: string): Promise<BlobInfo | null>;
  /** True when there was one. */
  delete(sha256: string): Promise<boolean>;
  close(): Promise<void>;
}
