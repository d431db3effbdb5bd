import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageId, type ImageRecordState, LookalikeError, murmur2, type Version } from '#core';

/** What one side of the join says of an image. */
export interface Entry {
  readonly version: Version;
  readonly state: ImageRecordState;
  /** What else a side has to say, in Latin-1, at most 64 bytes. */
  readonly detail: string;
}

export type VisitEntry = (imageId: ImageId, partition: number, entry: Entry) => void;

const STATES: readonly ImageRecordState[] = ['ready', 'failed', 'deleted'];
/** Length of the entry, partition, version, state, length of the detail; then the detail and the imageId in UTF-8. */
const AT = { partition: 2, version: 4, state: 12, detailLength: 13, detail: 14 } as const;
const DETAIL_MAX_BYTES = 64;
/** An imageId has at most 256 characters of at most 4 bytes. */
const ENTRY_MAX_BYTES = AT.detail + DETAIL_MAX_BYTES + 4 * 256;
/** Entries of all buckets together that wait to be written. */
const BUFFERED_BYTES = 8 * 2 ** 20;
const CHUNK_MAX_BYTES = 64 * 2 ** 10;
/** Some 4,000 entries, which take a few milliseconds: in between others have their turn. */
const READ_BYTES = 256 * 2 ** 10;

/**
 * One side of a Grace hash join (Kitsuregawa, Tanaka and Moto-oka, "Application of Hash to Data Base Machine and Its
 * Architecture", 1983): entries are spilled into files by the hash of their imageId, so that all that is said of an
 * image, on any side, lies in files of one number, which are small enough to be joined in memory.
 */
export class BucketFiles {
  readonly #buckets: readonly Bucket[];
  readonly #scratch = Buffer.alloc(ENTRY_MAX_BYTES);

  /** @param partitions of the topic of the events. */
  constructor(
    folder: string,
    side: string,
    buckets: number,
    private readonly partitions: number,
  ) {
    const chunkBytes = Math.max(ENTRY_MAX_BYTES, Math.min(CHUNK_MAX_BYTES, Math.floor(BUFFERED_BYTES / buckets)));
    const name = (at: number) => join(folder, `${side}-${at}`);
    this.#buckets = Array.from({ length: buckets }, (_, at) => new Bucket(name(at), chunkBytes));
  }

  /** A promise when it has to be waited for before the next one. @throws `storage-unavailable`. */
  add(imageId: ImageId, { version, state, detail }: Entry): Promise<void> | undefined {
    const scratch = this.#scratch;
    const detailBytes = scratch.write(detail, AT.detail, DETAIL_MAX_BYTES, 'latin1');
    const idStart = AT.detail + detailBytes;
    const end = idStart + scratch.write(imageId, idStart);
    // That of the partitioner, so that an image's partition is known by the way. A bucket has some of every partition.
    const hash = murmur2(scratch.subarray(idStart, end));
    scratch.writeUInt16LE(end, 0);
    scratch.writeUInt16LE((hash & 0x7fffffff) % this.partitions, AT.partition);
    scratch.writeDoubleLE(version, AT.version);
    scratch[AT.state] = STATES.indexOf(state);
    scratch[AT.detailLength] = detailBytes;
    return (this.#buckets[(hash >>> 0) % this.#buckets.length] as Bucket).add(scratch, end);
  }

  /** After the last entry and before the first is read. */
  async finish(): Promise<void> {
    for (const bucket of this.#buckets) await bucket.finish();
  }

  /** In the order in which they were added. */
  async read(bucket: number, visit: VisitEntry, signal?: AbortSignal): Promise<void> {
    await this.#buckets[bucket]?.read(visit, signal);
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    for (const bucket of this.#buckets) await bucket.close();
  }
}

class Bucket {
  #chunk: Buffer | null = null;
  #used = 0;
  #file: FileHandle | null = null;

  constructor(
    private readonly path: string,
    private readonly chunkBytes: number,
  ) {}

  add(entry: Buffer, length: number): Promise<void> | undefined {
    this.#chunk ??= Buffer.allocUnsafe(this.chunkBytes);
    if (this.#used + length <= this.#chunk.length) {
      this.#put(entry, length);
      return undefined;
    }
    return this.#write().then(() => this.#put(entry, length));
  }

  #put(entry: Buffer, length: number): void {
    entry.copy(this.#chunk as Buffer, this.#used, 0, length);
    this.#used += length;
  }

  async finish(): Promise<void> {
    await this.#write();
    this.#chunk = null;
  }

  async #write(): Promise<void> {
    if (this.#chunk === null || this.#used === 0) return;
    try {
      this.#file ??= await open(this.path, 'wx+', 0o600);
      let written = 0;
      while (written < this.#used) {
        written += (await this.#file.write(this.#chunk, written, this.#used - written)).bytesWritten;
      }
    } catch (error) {
      throw notStored(error);
    }
    this.#used = 0;
  }

  async read(visit: VisitEntry, signal?: AbortSignal): Promise<void> {
    if (this.#file === null) return;
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    let [position, kept] = [0, 0];
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.#file.read(bytes, kept, bytes.length - kept, position).catch((error) => {
        throw notStored(error);
      });
      if (bytesRead === 0) break;
      position += bytesRead;
      const end = kept + bytesRead;
      const taken = visitEntries(bytes.subarray(0, end), visit);
      bytes.copy(bytes, 0, taken, end);
      kept = end - taken;
    }
    if (kept > 0) throw new LookalikeError('internal', 'A temporary file ends inside an entry.');
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#chunk = null;
    await file?.close();
  }
}

/** @returns where the first entry begins that is not whole. */
function visitEntries(bytes: Buffer, visit: VisitEntry): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + bytes.readUInt16LE(at);
    if (end > bytes.length) break;
    const idStart = at + AT.detail + (bytes[at + AT.detailLength] as number);
    visit(bytes.toString('utf8', idStart, end) as ImageId, bytes.readUInt16LE(at + AT.partition), {
      version: bytes.readDoubleLE(at + AT.version),
      state: STATES[bytes[at + AT.state] as number] as ImageRecordState,
      detail: bytes.toString('latin1', at + AT.detail, idStart),
    });
    at = end;
  }
  return at;
}

export function notStored(cause: unknown): LookalikeError {
  const code = (cause as { code?: unknown } | null)?.code;
  const storageError = typeof code === 'string' ? code : 'unknown';
  return new LookalikeError(
    'storage-unavailable',
    `The disk does not take or give the temporary files (${storageError}).`,
    { cause, facts: { storageError } },
  );
}
