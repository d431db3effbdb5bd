import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImageId, partitionOf } from '#core';
import { BucketFiles, type Entry } from './bucket-files.js';

const PARTITIONS = 12;

describe('entries in bucket files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-buckets-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const entries = (count: number): [ImageId, Entry][] =>
    Array.from({ length: count }, (_, at) => {
      const id = at % 7 === 0 ? '😀'.repeat(256).slice(0, 2 * (1 + (at % 250))) + at : `image-${at}`;
      const state = (['ready', 'failed', 'deleted'] as const)[at % 3] ?? 'ready';
      return [id as ImageId, { version: at % 5 === 0 ? 2 ** 53 - 1 - at : at, state, detail: 'ÿ'.repeat(at % 65) }];
    });

  async function written(count: number, buckets: number) {
    const files = new BucketFiles(folder, 'side', buckets, PARTITIONS);
    for (const [id, entry] of entries(count)) await files.add(id, entry);
    await files.finish();
    return files;
  }

  test.each([1, 3, 512])('come back as they were, each image in one of %d buckets', async (buckets) => {
    const files = await written(5_000, buckets);
    const found = new Map<string, Entry>();
    const bucketOf = new Map<string, number>();
    for (let bucket = 0; bucket < buckets; bucket++) {
      await files.read(bucket, (id, partition, entry) => {
        if (partition !== partitionOf(id, PARTITIONS)) throw new Error(`${id} is not in ${partition}`);
        found.set(id, entry);
        bucketOf.set(id, bucket);
      });
    }
    expect(found).toEqual(new Map(entries(5_000)));
    expect(new Set(bucketOf.values()).size).toBe(buckets);
    await files.close();
  });

  test('of no images are no files', async () => {
    const files = await written(0, 4);
    await files.read(2, () => {
      throw new Error('There is nothing.');
    });
    await files.close();
    expect(await readdir(folder)).toEqual([]);
  });

  test('that cannot be written are a fault of the disk', async () => {
    const files = new BucketFiles(join(folder, 'gone'), 'side', 1, PARTITIONS);
    await files.add('cat' as ImageId, { version: 1, state: 'ready', detail: '' });
    await expect(files.finish()).rejects.toMatchObject({
      code: 'storage-unavailable',
      facts: { storageError: 'ENOENT' },
    });
  });
});
