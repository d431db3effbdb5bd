import type { BlobCopy } from '#core';
import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { drain, LIMIT, pseudoRandom } from './bytes.js';

type Withdrawn = BlobCopy & { readonly withdrawal: string };

export function withdrawalCases(made: () => BlobStoreUnderTest): void {
  const store = () => made().store;
  const bytes = pseudoRandom(1_000);

  const listed = async (): Promise<readonly BlobCopy[]> => {
    const copies: BlobCopy[] = [];
    for await (const copy of (await store().list()).copies) copies.push(copy);
    return copies.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  };
  /** The blob itself, which must be there. */
  const itself = async (sha256: string): Promise<BlobCopy> => {
    const found = (await listed()).find((it) => it.sha256 === sha256 && it.withdrawal === null);
    if (found === undefined) throw new Error(`${sha256} is not listed.`);
    return found;
  };
  const withdrawn = async (): Promise<readonly Withdrawn[]> =>
    (await listed()).filter((it): it is Withdrawn => it.withdrawal !== null);
  const withdraw = async (sha256: string) => store().withdraw(await itself(sha256));
  const put = async (of = bytes, options = {}) => (await store().put(of, { ...LIMIT, ...options })).sha256;
  /** Until the store's clock, which may count whole seconds, has gone on. */
  const untilLater = async () => {
    const { atMs } = await store().list();
    while ((await store().list()).atMs <= atMs) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('an empty store lists nothing', async () => {
    expect(await listed()).toEqual([]);
  });

  test('every blob is listed with its size, and when it was put by the clock of the listing', async () => {
    const { atMs: before } = await store().list();
    const hashes = [await put(), await put(pseudoRandom(2_000, 2), { isDerived: true })];
    const { atMs: after } = await store().list();
    const found = await listed();
    expect(found.map(({ sha256, sizeBytes, withdrawal }) => [sha256, sizeBytes, withdrawal])).toEqual(
      [
        [hashes[0], 1_000, null],
        [hashes[1], 2_000, null],
      ].toSorted(),
    );
    for (const { sinceMs } of found) {
      expect(sinceMs).toBeGreaterThanOrEqual(before - 1_000);
      expect(sinceMs).toBeLessThanOrEqual(after + 1_000);
    }
  });

  test('more blobs than a page of a listing are listed once each', async () => {
    const many = Array.from({ length: 1_100 }, (_, i) => pseudoRandom(16, i + 10));
    const hashes: string[] = [];
    for (let at = 0; at < many.length; at += 50)
      hashes.push(...(await Promise.all(many.slice(at, at + 50).map((it) => put(it)))));
    expect((await listed()).map(({ sha256 }) => sha256)).toEqual([...new Set(hashes)].toSorted());
  }, 60_000);

  test.each([
    ['put', () => put()],
    ['put as derived', () => put(bytes, { isDerived: true })],
    ['put with its hash told', async () => put(bytes, { expectedSha256: (await listed())[0]?.sha256 })],
    ['renewed', async () => store().renew((await listed())[0]?.sha256 ?? '')],
  ])('a blob that is %s again was last put then', async (_, again) => {
    const sha256 = await put();
    const { sinceMs } = await itself(sha256);
    await untilLater();
    await again();
    expect((await itself(sha256)).sinceMs).toBeGreaterThan(sinceMs);
    expect(await made().entries()).toHaveLength(1);
  });

  test('a withdrawn blob is read as before, and listed as withdrawn since then', async () => {
    const sha256 = await put();
    await untilLater();
    const { atMs: before } = await store().list();
    expect(await withdraw(sha256)).toBe(true);
    const [copy, ...others] = await listed();
    expect([copy, others]).toEqual([
      { sha256, sizeBytes: 1_000, withdrawal: expect.stringMatching(/^.{1,40}$/), sinceMs: expect.any(Number) },
      [],
    ]);
    expect(copy?.sinceMs).toBeGreaterThanOrEqual(before);
    expect(await store().stat(sha256)).toEqual({ sha256, sizeBytes: 1_000 });
    expect(bytes.equals(await store().read(sha256, LIMIT))).toBe(true);
    expect(bytes.equals(await drain((await store().open(sha256)).stream))).toBe(true);
  });

  test('a stream that was opened before goes on', async () => {
    const large = pseudoRandom(300_000);
    const sha256 = await put(large);
    const { stream } = await store().open(sha256);
    await withdraw(sha256);
    expect(large.equals(await drain(stream))).toBe(true);
  });

  test('a blob that is put again after it was listed is not withdrawn', async () => {
    const sha256 = await put();
    const before = await itself(sha256);
    await untilLater();
    await put();
    expect(await store().withdraw(before)).toBe(false);
    expect(await withdrawn()).toEqual([]);
    expect((await itself(sha256)).sinceMs).toBeGreaterThan(before.sinceMs);
  });

  test('what is not there is not withdrawn, renewed or dropped, and asking touches nothing', async () => {
    const gone = await put();
    const copy = await itself(gone);
    await store().delete(gone);
    for (const sha256 of [gone, '../..', 'ab'.repeat(32)]) {
      expect(await store().withdraw({ ...copy, sha256 })).toBe(false);
      expect(await store().renew(sha256)).toBeNull();
    }
    await store().drop({ sha256: gone, withdrawal: '00000000-0000-4000-8000-000000000000' });
    expect(await made().entries()).toEqual([]);
  });

  test.each([
    ['put', () => put()],
    ['renewed', async () => store().renew((await listed())[0]?.sha256 ?? '')],
  ])('a withdrawn blob that is %s is there again when its withdrawn copy is dropped', async (_, again) => {
    const sha256 = await put();
    await withdraw(sha256);
    const [copy] = await withdrawn();
    await again();
    await store().drop(copy as Withdrawn);
    expect(bytes.equals(await store().read(sha256, LIMIT))).toBe(true);
    expect((await listed()).map(({ withdrawal }) => withdrawal)).toEqual([null]);
  });

  test('dropping takes what one withdrawal has moved, and nothing that another has', async () => {
    const sha256 = await put();
    await withdraw(sha256);
    const [first] = await withdrawn();
    await put();
    await withdraw(sha256);
    await store().drop(first as Withdrawn);
    await store().drop(first as Withdrawn);
    expect(bytes.equals(await store().read(sha256, LIMIT))).toBe(true);
    const [second, ...others] = await listed();
    expect(others).toEqual([]);
    await store().drop(second as Withdrawn);
    expect(await store().stat(sha256)).toBeNull();
    expect(await made().entries()).toEqual([]);
  });

  test('deleting a blob deletes its withdrawn copies too', async () => {
    const sha256 = await put();
    await withdraw(sha256);
    await put();
    expect(await store().delete(sha256)).toBe(true);
    expect(await store().stat(sha256)).toBeNull();
    await put();
    await withdraw(sha256);
    expect(await store().delete(sha256)).toBe(true);
    expect(await store().delete(sha256)).toBe(false);
    expect(await made().entries()).toEqual([]);
  });

  test('a blob is there whenever it is looked for, while it is withdrawn and renewed all the time', async () => {
    const sha256 = await put();
    let isOver = false;
    const moving = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await withdraw(sha256);
        await store().renew(sha256);
      }
      isOver = true;
    })();
    while (!isOver) expect(bytes.equals(await store().read(sha256, LIMIT))).toBe(true);
    await moving;
  });
}
