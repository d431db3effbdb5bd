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

/**
 * One copy of a blob: the blob itself, or what a withdrawal has moved aside. Times are in milliseconds by the store's
 * own clock, to be compared with each other only.
 */
export interface BlobCopy extends BlobInfo {
  /** Which withdrawal has moved it aside, at most 40 characters of Latin-1; `null` of the blob itself. */
  readonly withdrawal: string | null;
  /**
   * Of the blob itself: when it was last put or renewed. Of a withdrawn copy: from when on the withdrawal that made it
   * takes nothing away any more, however long whoever withdrew it was stalled.
   */
  readonly sinceMs: number;
}

export interface BlobListing {
  /** When it began, by the store's own clock. */
  readonly atMs: number;
  /** In no order, read as it is iterated. What is put, withdrawn or deleted meanwhile may be among them or not. */
  readonly copies: AsyncIterable<BlobCopy>;
}

/**
 * Bytes by their SHA-256. A blob is there whole or not at all, and what is read is what was put.
 *
 * Who deletes blobs that nobody needs cannot know who is about to need one. So a blob is withdrawn first: moved aside,
 * where `read`, `open` and `stat` still find it. A blob that is put or renewed while it is withdrawn stays readable until
 * the withdrawn copy is dropped, even if the withdrawal takes it away once more; `BlobCopy.sinceMs` says up to when
 * that may be.
 */
export interface BlobStore {
  /**
   * Durable when it resolves, unless it is derived. Putting the same bytes twice is one blob, last put the second time.
   * A failed put leaves nothing behind.
   */
  put(bytes: Uint8Array | Readable, options: PutOptions): Promise<BlobInfo>;
  /** The whole blob, verified; the caller's alone, who may `giveBack` its memory. @throws `blob-missing`, `blob-damaged`, `blob-too-large` (over `maxBytes`). */
  read(sha256: string, options: { readonly maxBytes: number }): Promise<Buffer>;
  /** As a stream that fails with `blob-damaged` before its end when the bytes are not the blob's. @throws `blob-missing`. */
  open(sha256: string): Promise<{ readonly info: BlobInfo; readonly stream: Readable }>;
  /** `null` when there is none. */
  stat(sha256: string): Promise<BlobInfo | null>;
  /** With all its copies. True when there was one. */
  delete(sha256: string): Promise<boolean>;
  /** As if the same bytes were put again: of what is withdrawn makes the blob itself. `null` when there is none. */
  renew(sha256: string): Promise<BlobInfo | null>;
  list(): Promise<BlobListing>;
  /** Moves the blob itself aside. @returns false when it is not there, or was put or renewed since it was listed. */
  withdraw(listed: Pick<BlobCopy, 'sha256' | 'sinceMs'>): Promise<boolean>;
  /** Deletes what one withdrawal has moved aside, and nothing else. Dropping it twice is no error. */
  drop(withdrawn: Pick<BlobCopy, 'sha256'> & { readonly withdrawal: string }): Promise<void>;
  close(): Promise<void>;
}
