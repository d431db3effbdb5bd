import { once } from 'node:events';
import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { drain, LIMIT, pseudoRandom } from './bytes.js';

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

export function readCases(made: () => BlobStoreUnderTest): void {
  const store = () => made().store;

  test('a stream gives the blob and its size', async () => {
    const bytes = pseudoRandom(300_000);
    const { sha256 } = await store().put(bytes, LIMIT);
    const { info, stream } = await store().open(sha256);
    expect(info).toEqual({ sha256, sizeBytes: 300_000 });
    expect(bytes.equals(await drain(stream))).toBe(true);
  });

  test('a blob over the limit is not read', async () => {
    const { sha256 } = await store().put(pseudoRandom(1_001), LIMIT);
    await expect(store().read(sha256, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'blob-too-large' });
    await expect(store().read(sha256, { maxBytes: 1_001 })).resolves.toHaveLength(1_001);
  });

  test('what was read is the reader’s own', async () => {
    const bytes = pseudoRandom(1_000);
    const { sha256 } = await store().put(bytes, LIMIT);
    (await store().read(sha256, LIMIT)).fill(0);
    expect(bytes.equals(await store().read(sha256, LIMIT))).toBe(true);
  });

  test('a deleted blob is gone, and can be put again', async () => {
    const bytes = pseudoRandom(1_000);
    const { sha256 } = await store().put(bytes, LIMIT);
    expect(await store().delete(sha256)).toBe(true);
    expect(await store().delete(sha256)).toBe(false);
    expect(await store().stat(sha256)).toBeNull();
    expect(await made().entries()).toEqual([]);
    await store().put(bytes, LIMIT);
    expect(await store().read(sha256, LIMIT)).toHaveLength(1_000);
  });

  test.each([UNKNOWN, ...HOSTILE])('%j is missing, and asking touches nothing', async (sha256) => {
    const { sha256: other } = await store().put(pseudoRandom(10), LIMIT);
    await expect(store().read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-missing', canRetry: false });
    await expect(store().open(sha256)).rejects.toMatchObject({ code: 'blob-missing' });
    expect(await store().stat(sha256)).toBeNull();
    expect(await store().delete(sha256)).toBe(false);
    expect(await made().entries()).toHaveLength(1);
    expect(await store().read(other, LIMIT)).toHaveLength(10);
  });

  test('a stream that is dropped unread holds nothing open', async () => {
    const { sha256 } = await store().put(pseudoRandom(300_000), LIMIT);
    for (let i = 0; i < 50; i += 1) {
      const { stream } = await store().open(sha256);
      stream.destroy();
      if (!stream.closed) await once(stream, 'close');
    }
    expect(await store().delete(sha256)).toBe(true);
  });
}
