import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore } from '#core';

export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Everything that is kept, whole or not: nothing half-written may stay. */
  entries(): Promise<readonly string[]>;
  /** Changes stored bytes behind the store's back, keeping their number. */
  damage?(sha256: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What a store under test cannot show; those cases are skipped, with the reason in their name. */
export interface BlobStoreLimits {
  /** The factory offers no `damage`. */
  readonly cannotBeDamaged?: boolean;
  /** It keeps whole blobs in memory by design. */
  readonly inMemory?: boolean;
}

const MIB = 1024 * 1024;
const LIMIT = { maxBytes: MIB };
const UNKNOWN = 'ab'.repeat(32);
const HOSTILE = [
  '',
  '.',
  '../..',
  `../../${'a'.repeat(58)}`,
  'AB'.repeat(32),
  'a'.repeat(63),
  'a'.repeat(65),
  `${'a'.repeat(63)}/`,
  `${'a'.repeat(63)}\0`,
  `${UNKNOWN}\n`,
];

/** What every `BlobStore` promises. */
export function blobStoreContract(
  name: string,
  factory: () => Promise<BlobStoreUnderTest>,
  { cannotBeDamaged = false, inMemory = false }: BlobStoreLimits = {},
): void {
  describe(`${name} as a blob store`, () => {
    let it: BlobStoreUnderTest;
    let store: BlobStore;
    beforeEach(async () => {
      it = await factory();
      store = it.store;
    });
    afterEach(async () => {
      await store.close();
      await it.dispose();
    });

    describe('put', () => {
      test.each(['bytes', 'a stream'])('%s are kept under their SHA-256 and read back as they were', async (form) => {
        const bytes = pseudoRandom(200_000);
        const info = await store.put(form === 'bytes' ? bytes : inChunks(bytes, 7_001), LIMIT);
        expect(info).toEqual({ sha256: hashOf(bytes), sizeBytes: 200_000 });
        expect(await store.stat(info.sha256)).toEqual(info);
        expect(bytes.equals(await store.read(info.sha256, LIMIT))).toBe(true);
      });

      test('a view into a larger buffer is only that view', async () => {
        const large = pseudoRandom(1_000);
        const { sha256 } = await store.put(new Uint8Array(large.buffer, large.byteOffset + 100, 50), LIMIT);
        expect(sha256).toBe(hashOf(large.subarray(100, 150)));
      });

      test('an empty blob is a blob', async () => {
        const info = await store.put(Readable.from([]), LIMIT);
        expect(info).toEqual({ sha256: hashOf(Buffer.alloc(0)), sizeBytes: 0 });
        expect(await store.read(info.sha256, LIMIT)).toHaveLength(0);
        expect(await drain((await store.open(info.sha256)).stream)).toHaveLength(0);
        expect(await store.put(Buffer.alloc(0), LIMIT)).toEqual(info);
      });

      test('the same bytes twice are one blob', async () => {
        const bytes = pseudoRandom(1_000);
        const first = await store.put(bytes, LIMIT);
        expect(await store.put(inChunks(bytes, 10), LIMIT)).toEqual(first);
        expect(await it.entries()).toHaveLength(1);
      });

      test('the same bytes at the same time are one blob', async () => {
        const bytes = pseudoRandom(50_000);
        const puts = Array.from({ length: 20 }, (_, i) => store.put(i % 2 ? bytes : inChunks(bytes, 999), LIMIT));
        expect(new Set((await Promise.all(puts)).map((info) => info.sha256))).toEqual(new Set([hashOf(bytes)]));
        expect(await it.entries()).toHaveLength(1);
        expect(bytes.equals(await store.read(hashOf(bytes), LIMIT))).toBe(true);
      });

      test('many different blobs at the same time do not mix', async () => {
        const many = Array.from({ length: 40 }, (_, i) => pseudoRandom(5_000 + i, i));
        await Promise.all(many.map((bytes) => store.put(inChunks(bytes, 333), LIMIT)));
        for (const bytes of many) expect(bytes.equals(await store.read(hashOf(bytes), LIMIT))).toBe(true);
      });

      test('as many bytes as the limit are taken, one more is refused and leaves nothing', async () => {
        await store.put(pseudoRandom(1_000), { maxBytes: 1_000 });
        const before = await it.entries();
        const tooLong = pseudoRandom(1_001);
        const endless = Readable.from(endlessChunks());
        await expect(store.put(tooLong, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
        await expect(store.put(endless, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
        expect(endless.destroyed).toBe(true);
        expect(await it.entries()).toEqual(before);
        expect(await store.stat(hashOf(tooLong))).toBeNull();
      });

      test('bytes that are not those expected are refused and leave nothing', async () => {
        const bytes = pseudoRandom(1_000);
        const expectedSha256 = hashOf(bytes);
        await expect(store.put(pseudoRandom(1_000, 2), { ...LIMIT, expectedSha256 })).rejects.toMatchObject({
          code: 'blob-hash-mismatch',
          canRetry: false,
        });
        expect(await it.entries()).toEqual([]);
        await expect(store.put(bytes, { ...LIMIT, expectedSha256 })).resolves.toMatchObject({ sizeBytes: 1_000 });
      });

      test('a stream that fails half-way rejects with its own error and leaves nothing', async () => {
        const broken = new Error('the upload broke off');
        await expect(store.put(Readable.from(failingAfter(300_000, broken)), LIMIT)).rejects.toBe(broken);
        expect(await it.entries()).toEqual([]);
      });

      test('a stream that is destroyed half-way rejects and leaves nothing', async () => {
        const stream = new Readable({ read() {} });
        stream.push(pseudoRandom(1_000));
        const put = store.put(stream, LIMIT);
        setImmediate(() => stream.destroy());
        await expect(put).rejects.toThrow();
        expect(await it.entries()).toEqual([]);
      });

      test('text is not bytes', async () => {
        await expect(store.put(Readable.from(['text']), LIMIT)).rejects.toThrow(TypeError);
        expect(await it.entries()).toEqual([]);
      });
    });

    describe('read, open, stat, delete', () => {
      test('a stream gives the blob and its size', async () => {
        const bytes = pseudoRandom(300_000);
        const { sha256 } = await store.put(bytes, LIMIT);
        const { info, stream } = await store.open(sha256);
        expect(info).toEqual({ sha256, sizeBytes: 300_000 });
        expect(bytes.equals(await drain(stream))).toBe(true);
      });

      test('a blob over the limit is not read', async () => {
        const { sha256 } = await store.put(pseudoRandom(1_001), LIMIT);
        await expect(store.read(sha256, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
        await expect(store.read(sha256, { maxBytes: 1_001 })).resolves.toHaveLength(1_001);
      });

      test('what was read is the reader’s own', async () => {
        const bytes = pseudoRandom(1_000);
        const { sha256 } = await store.put(bytes, LIMIT);
        (await store.read(sha256, LIMIT)).fill(0);
        expect(bytes.equals(await store.read(sha256, LIMIT))).toBe(true);
      });

      test('a deleted blob is gone, and can be put again', async () => {
        const bytes = pseudoRandom(1_000);
        const { sha256 } = await store.put(bytes, LIMIT);
        expect(await store.delete(sha256)).toBe(true);
        expect(await store.delete(sha256)).toBe(false);
        expect(await store.stat(sha256)).toBeNull();
        expect(await it.entries()).toEqual([]);
        await store.put(bytes, LIMIT);
        expect(await store.read(sha256, LIMIT)).toHaveLength(1_000);
      });

      test.each([UNKNOWN, ...HOSTILE])('%j is missing, and asking touches nothing', async (sha256) => {
        const { sha256: other } = await store.put(pseudoRandom(10), LIMIT);
        await expect(store.read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-missing', canRetry: false });
        await expect(store.open(sha256)).rejects.toMatchObject({ code: 'blob-missing' });
        expect(await store.stat(sha256)).toBeNull();
        expect(await store.delete(sha256)).toBe(false);
        expect(await it.entries()).toHaveLength(1);
        expect(await store.read(other, LIMIT)).toHaveLength(10);
      });

      test('a stream that is dropped unread holds nothing open', async () => {
        const { sha256 } = await store.put(pseudoRandom(300_000), LIMIT);
        for (let i = 0; i < 50; i += 1) {
          const { stream } = await store.open(sha256);
          stream.destroy();
          if (!stream.closed) await once(stream, 'close');
        }
        expect(await store.delete(sha256)).toBe(true);
      });
    });

    describeUnless(cannotBeDamaged, 'it cannot be damaged')('damaged bytes', () => {
      const LENGTH = 300_000;
      const damagedBlob = async (): Promise<string> => {
        const { sha256 } = await store.put(pseudoRandom(LENGTH), LIMIT);
        await it.damage?.(sha256);
        return sha256;
      };

      test('are not read', async () => {
        const sha256 = await damagedBlob();
        await expect(store.read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-damaged', canRetry: false });
      });

      test('end a stream with an error before its last byte', async () => {
        const sha256 = await damagedBlob();
        let handedOut = 0;
        const reading = async () => {
          for await (const chunk of (await store.open(sha256)).stream) handedOut += chunk.length;
        };
        await expect(reading()).rejects.toMatchObject({ code: 'blob-damaged' });
        expect(handedOut).toBeLessThan(LENGTH);
      });

      test('are mended by putting the blob again', async () => {
        const sha256 = await damagedBlob();
        await store.put(pseudoRandom(LENGTH), LIMIT);
        expect(await store.read(sha256, LIMIT)).toHaveLength(LENGTH);
      });
    });

    describeUnless(inMemory, 'it keeps blobs in memory')('memory', () => {
      const TOTAL = 128 * MIB;

      test('a large blob streams through in bounded memory, both ways, at the reader’s pace', async () => {
        const memory = watchMemory();
        const info = await store.put(Readable.from(zeros(TOTAL, memory.look)), { maxBytes: TOTAL });
        expect(info.sizeBytes).toBe(TOTAL);
        const { stream } = await store.open(info.sha256);
        stream.once('readable', () => {});
        await sleep(100);
        expect(stream.readableLength).toBeLessThan(2 * MIB);
        let sizeBytes = 0;
        for await (const chunk of stream) {
          sizeBytes += chunk.length;
          memory.look();
        }
        expect(sizeBytes).toBe(TOTAL);
        expect(memory.grownBytes()).toBeLessThan(TOTAL / 2);
      }, 60_000);
    });
  });
}

function describeUnless(skipped: boolean, reason: string) {
  return (name: string, body: () => void) =>
    skipped ? describe.skip(`${name} (skipped: ${reason})`, body) : describe(name, body);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The same bytes for the same length and seed. */
function pseudoRandom(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = Math.imul(seed + 1, 2654435761) | 1;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function inChunks(bytes: Buffer, size: number): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks);
}

function* endlessChunks(): Iterable<Buffer> {
  for (;;) yield Buffer.alloc(10_000);
}

function* failingAfter(sizeBytes: number, error: Error): Iterable<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += 10_000) yield Buffer.alloc(10_000);
  throw error;
}

function* zeros(sizeBytes: number, look: () => void): Iterable<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += 64 * 1024) {
    look();
    yield Buffer.alloc(64 * 1024);
  }
}

async function drain(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function watchMemory() {
  const start = process.memoryUsage().arrayBuffers;
  let peak = start;
  return {
    look: () => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    },
    grownBytes: () => peak - start,
  };
}
