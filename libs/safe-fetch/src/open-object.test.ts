import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LookalikeError } from '#core';
import { createPictureFetcher, type GetObject, type PictureFetcher, type PictureFetcherOptions } from '#safe-fetch';
import { sha256Of, waitUntil } from '#testkit';
import { MAX, PICTURE } from '../test/picture-server.js';

const LINK = 's3://uploads/boat.jpg';
const HOUR_MS = 3_600_000;
const PATIENT = { firstByteTimeoutMs: HOUR_MS, stallTimeoutMs: HOUR_MS, totalTimeoutMs: HOUR_MS };

const answered = (body: Readable, statusCode = 200, headers: Record<string, string> = {}) => ({
  statusCode,
  headers,
  body,
});
const picture = () =>
  answered(Readable.from([PICTURE]), 200, { 'content-type': 'image/jpeg', 'content-length': String(PICTURE.length) });
/** Sends these bytes and then nothing. */
const stalling = (bytes = 'abc') => {
  const body = new Readable({ read() {} });
  body.push(bytes);
  return body;
};

describe('a link to an object', () => {
  let fetchers: PictureFetcher[] = [];
  afterEach(async () => {
    await Promise.all(fetchers.map((it) => it.close()));
    fetchers = [];
  });

  const fetching = (get: GetObject, options: PictureFetcherOptions = {}) => {
    const fetcher = createPictureFetcher({ objects: { buckets: ['uploads', 'other'], get }, ...options });
    fetchers.push(fetcher);
    return fetcher;
  };

  test('is asked by bucket and key, and what comes is the picture', async () => {
    const get = jest.fn<ReturnType<GetObject>, Parameters<GetObject>>(async () => picture());
    const right = { ...MAX, sizeBytes: PICTURE.length, sha256: sha256Of(PICTURE) };
    const fetched = await fetching(get).fetch('s3://uploads/a b/%20.jpg', right);
    expect(fetched).toEqual({ bytes: PICTURE, mediaType: 'image/jpeg' });
    expect(get.mock.calls).toEqual([['uploads', 'a b/%20.jpg', expect.any(AbortSignal)]]);
  });

  test.each([
    ['s3://secrets/a.jpg', 'bucket'],
    ['s3://uploads/../secrets/a.jpg', 'syntax'],
    ['s3://uploads', 'syntax'],
  ])('%s is refused, and nobody is asked', async (link, reason) => {
    const get = jest.fn(async () => picture());
    const fetcher = fetching(get);
    const refusal = { code: 'link-refused', canRetry: false, facts: { reason } };
    await expect(fetcher.fetch(link, MAX)).rejects.toMatchObject(refusal);
    expect(() => fetcher.check(link)).toThrow(expect.objectContaining(refusal));
    expect(get).not.toHaveBeenCalled();
  });

  test('is refused where no bucket is read', async () => {
    const fetcher = createPictureFetcher();
    const refusal = { code: 'link-refused', facts: { reason: 'scheme' } };
    await expect(fetcher.fetch(LINK, MAX)).rejects.toMatchObject(refusal);
    expect(() => fetcher.check(LINK)).toThrow(expect.objectContaining(refusal));
  });

  test.each([
    [404, 'link-gone', false],
    [403, 'link-denied', false],
    [400, 'link-denied', false],
    [429, 'link-unavailable', true],
    [500, 'link-unavailable', true],
    [503, 'link-unavailable', true],
  ] as const)('that S3 answers with %i is %s', async (status, code, canRetry) => {
    const fetcher = fetching(async () => answered(Readable.from(['no']), status, { 'retry-after': '7' }));
    await expect(fetcher.fetch(LINK, MAX)).rejects.toMatchObject({
      code,
      canRetry,
      facts: { status, ...(canRetry && { retryAfterMs: 7000 }) },
    });
  });

  test('leads nowhere else', async () => {
    const get = jest.fn(async () => answered(Readable.from([]), 307, { location: 'http://127.0.0.1/' }));
    await expect(fetching(get).fetch(LINK, MAX)).rejects.toMatchObject({
      code: 'link-refused',
      facts: { reason: 'redirects' },
    });
    expect(get).toHaveBeenCalledTimes(1);
  });

  test('whose asker is refused is a fault of ours, and what gets no answer one of the server', async () => {
    const ours = new LookalikeError('storage-unavailable', 'S3 refuses what is asked of it.');
    await expect(fetching(() => Promise.reject(ours)).fetch(LINK, MAX)).rejects.toBe(ours);
    const away = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:9000'), { code: 'ECONNREFUSED' });
    const error = await fetching(() => Promise.reject(away))
      .fetch(LINK, MAX)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'link-unavailable', canRetry: true });
    expect((error as Error).message).not.toContain('10.0.0.1');
  });

  test('is read up to the limit of bytes, and not asked for when it is declared larger', async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(64 * 1024));
      },
    });
    const get = jest.fn(async () => answered(endless));
    await expect(fetching(get).fetch(LINK, MAX)).rejects.toMatchObject({ code: 'link-too-large', canRetry: false });
    expect(endless.destroyed).toBe(true);
    const said = stalling();
    const long = fetching(async () => answered(said, 200, { 'content-length': '1000001' }), PATIENT);
    await expect(long.fetch(LINK, MAX)).rejects.toMatchObject({ code: 'link-too-large' });
    await waitUntil('its body is let go', () => said.destroyed);
    get.mockClear();
    await expect(fetching(get).fetch(LINK, { ...MAX, sizeBytes: 1_000_001 })).rejects.toMatchObject({
      code: 'link-too-large',
    });
    expect(get).not.toHaveBeenCalled();
  });

  test('must have the declared bytes', async () => {
    const fetcher = fetching(async () => picture());
    const sha256 = sha256Of(Buffer.from('another picture'));
    await expect(fetcher.fetch(LINK, { ...MAX, sha256 })).rejects.toMatchObject({ code: 'link-hash-mismatch' });
    const sizeBytes = PICTURE.length + 1;
    await expect(fetcher.fetch(LINK, { ...MAX, sizeBytes })).rejects.toMatchObject({ code: 'link-size-mismatch' });
  });

  test('that breaks off before its end is a fault', async () => {
    const body = stalling();
    const fetched = fetching(async () => answered(body, 200, { 'content-length': '100' })).fetch(LINK, MAX);
    await waitUntil('it is read', () => body.readableFlowing === true);
    body.destroy(new Error('aborted'));
    await expect(fetched).rejects.toMatchObject({ code: 'link-unavailable', canRetry: true });
  });

  test('has the time of other links', async () => {
    const silent = jest.fn<ReturnType<GetObject>, Parameters<GetObject>>(
      (_, __, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended')))),
    );
    const slow = { code: 'link-too-slow', canRetry: true };
    const unanswered = fetching(silent, { ...PATIENT, firstByteTimeoutMs: 50 });
    await expect(unanswered.fetch(LINK, MAX)).rejects.toMatchObject({ ...slow, facts: { limitMs: 50 } });
    expect(silent.mock.calls[0]?.[2].aborted).toBe(true);
    const body = stalling();
    const stalled = fetching(async () => answered(body), { ...PATIENT, stallTimeoutMs: 50 });
    await expect(stalled.fetch(LINK, MAX)).rejects.toMatchObject({ ...slow, facts: { limitMs: 50 } });
    expect(body.destroyed).toBe(true);
  });

  test('waits for its turn at its bucket, and no other bucket waits', async () => {
    const asked: string[] = [];
    const answer: (() => void)[] = [];
    const get: GetObject = async (bucket, key) => {
      asked.push(`${bucket}/${key}`);
      if (bucket === 'uploads') await new Promise<void>((go) => answer.push(go));
      if (key === '1') throw new Error('broken off');
      return picture();
    };
    const fetcher = fetching(get, { fetchesPerHost: 1 });
    const fetches = Promise.allSettled(['1', '2', '3'].map((it) => fetcher.fetch(`s3://uploads/${it}`, MAX)));
    await fetcher.fetch('s3://other/1x', MAX);
    for (let at = 1; at <= 3; at++) {
      await waitUntil('one is asked for', () => answer.length === 1);
      // What would be asked for too many is asked for by then.
      await nextTurn();
      expect(asked).toHaveLength(at + 1);
      answer.shift()?.();
    }
    expect((await fetches).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  test('that is under way ends when fetching does', async () => {
    const body = stalling();
    const fetcher = fetching(async () => answered(body), PATIENT);
    const fetched = fetcher.fetch(LINK, MAX);
    await waitUntil('it is read', () => body.readableFlowing === true);
    const [, error] = await Promise.all([fetcher.close(), fetched.catch((thrown: unknown) => thrown)]);
    expect(error).toMatchObject({ code: 'link-unavailable', canRetry: true });
    expect(body.destroyed).toBe(true);
  });
});
