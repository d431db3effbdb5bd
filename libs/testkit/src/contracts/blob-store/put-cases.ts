import { Readable } from 'node:stream';
import { sha256Of } from '../../sha256-of.js';
import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { drain, endlessChunks, failingAfter, inChunks, LIMIT, pseudoRandom } from './bytes.js';

export function putCases(made: () => BlobStoreUnderTest): void {
  const store = () => made().store;

  test.each(['bytes', 'a stream'])('%s are kept under their SHA-256 and read back as they were', async (form) => {
    const bytes = pseudoRandom(200_000);
    const info = await store().put(form === 'bytes' ? bytes : inChunks(bytes, 7_001), LIMIT);
    expect(info).toEqual({ sha256: sha256Of(bytes), sizeBytes: 200_000 });
    expect(await store().stat(info.sha256)).toEqual(info);
    expect(bytes.equals(await store().read(info.sha256, LIMIT))).toBe(true);
  });

  test('derived bytes are read like any others', async () => {
    const bytes = pseudoRandom(10_000, 3);
    const { sha256 } = await store().put(bytes, { ...LIMIT, isDerived: true });
    expect(Buffer.compare(await store().read(sha256, LIMIT), bytes)).toBe(0);
  });

  test('a view into a larger buffer is only that view', async () => {
    const large = pseudoRandom(1_000);
    const { sha256 } = await store().put(new Uint8Array(large.buffer, large.byteOffset + 100, 50), LIMIT);
    expect(sha256).toBe(sha256Of(large.subarray(100, 150)));
  });

  test('an empty blob is a blob', async () => {
    const info = await store().put(Readable.from([]), LIMIT);
    expect(info).toEqual({ sha256: sha256Of(Buffer.alloc(0)), sizeBytes: 0 });
    expect(await store().read(info.sha256, LIMIT)).toHaveLength(0);
    expect(await drain((await store().open(info.sha256)).stream)).toHaveLength(0);
    expect(await store().put(Buffer.alloc(0), LIMIT)).toEqual(info);
  });

  test('the same bytes twice are one blob', async () => {
    const bytes = pseudoRandom(1_000);
    const first = await store().put(bytes, LIMIT);
    expect(await store().put(inChunks(bytes, 10), LIMIT)).toEqual(first);
    expect(await made().entries()).toHaveLength(1);
  });

  test('the same bytes at the same time are one blob', async () => {
    const bytes = pseudoRandom(50_000);
    const puts = Array.from({ length: 20 }, (_, i) => store().put(i % 2 ? bytes : inChunks(bytes, 999), LIMIT));
    expect(new Set((await Promise.all(puts)).map((info) => info.sha256))).toEqual(new Set([sha256Of(bytes)]));
    expect(await made().entries()).toHaveLength(1);
    expect(bytes.equals(await store().read(sha256Of(bytes), LIMIT))).toBe(true);
  });

  test('many different blobs at the same time do not mix', async () => {
    const many = Array.from({ length: 40 }, (_, i) => pseudoRandom(5_000 + i, i));
    await Promise.all(many.map((bytes) => store().put(inChunks(bytes, 333), LIMIT)));
    for (const bytes of many) expect(bytes.equals(await store().read(sha256Of(bytes), LIMIT))).toBe(true);
  });

  test('as many bytes as the limit are taken, one more is refused and leaves nothing', async () => {
    await store().put(pseudoRandom(1_000), { maxBytes: 1_000 });
    const before = await made().entries();
    const tooLong = pseudoRandom(1_001);
    const endless = Readable.from(endlessChunks());
    await expect(store().put(tooLong, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
    await expect(store().put(endless, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
    expect(endless.destroyed).toBe(true);
    expect(await made().entries()).toEqual(before);
    expect(await store().stat(sha256Of(tooLong))).toBeNull();
  });

  test('bytes that are not those expected are refused and leave nothing', async () => {
    const bytes = pseudoRandom(1_000);
    const expectedSha256 = sha256Of(bytes);
    await expect(store().put(pseudoRandom(1_000, 2), { ...LIMIT, expectedSha256 })).rejects.toMatchObject({
      code: 'blob-hash-mismatch',
      canRetry: false,
    });
    expect(await made().entries()).toEqual([]);
    await expect(store().put(bytes, { ...LIMIT, expectedSha256 })).resolves.toMatchObject({ sizeBytes: 1_000 });
  });

  test('a stream that fails half-way rejects with its own error and leaves nothing', async () => {
    const broken = new Error('the upload broke off');
    await expect(store().put(Readable.from(failingAfter(300_000, broken)), LIMIT)).rejects.toBe(broken);
    expect(await made().entries()).toEqual([]);
  });

  test('a stream that is destroyed half-way rejects and leaves nothing', async () => {
    const stream = new Readable({ read() {} });
    stream.push(pseudoRandom(1_000));
    const put = store().put(stream, LIMIT);
    setImmediate(() => stream.destroy());
    await expect(put).rejects.toThrow();
    expect(await made().entries()).toEqual([]);
  });

  test('text is not bytes', async () => {
    await expect(store().put(Readable.from(['text']), LIMIT)).rejects.toThrow(TypeError);
    expect(await made().entries()).toEqual([]);
  });
}
