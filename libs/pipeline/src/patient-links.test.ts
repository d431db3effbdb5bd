import { type FetchedPicture, LookalikeError } from '#core';
import { patientLinks } from '#pipeline';

const PICTURE: FetchedPicture = { bytes: Buffer.from('picture'), mediaType: 'image/jpeg' };
const EXPECTED = { maxBytes: 1000 };
const QUICK = { maxTries: 4, maxTimeMs: 60_000, hostDownMs: 60_000, firstBackoffMs: 1 };
const DAY_MS = 86_400_000;
const LINK = 'https://photos.example/a.jpg';

describe('a link whose server fails', () => {
  afterEach(() => jest.restoreAllMocks());

  const down = (facts = {}) => new LookalikeError('link-unavailable', 'The server answered 500.', { facts });
  /** Fails as often as there are errors, and works then. */
  const failing = (...errors: Error[]) =>
    jest.fn(async () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
      return PICTURE;
    });
  const always = (error: () => Error) =>
    jest.fn(async () => {
      throw error();
    });

  test('is tried again', async () => {
    const fetch = failing(
      down(),
      new LookalikeError('link-too-slow', 'Slow.'),
      new LookalikeError('overloaded', 'Wait.'),
    );
    expect(await patientLinks(fetch, QUICK)(LINK, EXPECTED)).toBe(PICTURE);
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  test('is given up after so many tries: an outcome, which names the last failure', async () => {
    const fetch = always(down);
    await expect(patientLinks(fetch, QUICK)(LINK, EXPECTED)).rejects.toMatchObject({
      code: 'link-given-up',
      canRetry: false,
      message: expect.stringContaining('answered 500'),
      facts: { lastCode: 'link-unavailable' },
    });
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  test('is given up at once when it asks for a longer wait than there is time', async () => {
    const fetch = always(() => down({ retryAfterMs: 3_600_000 }));
    await expect(patientLinks(fetch, QUICK)(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('makes others of its host be tried once, until one of them works', async () => {
    let isDown = true;
    const fetch = jest.fn(async (uri: string) => {
      if (isDown && uri.includes('photos')) throw down();
      return PICTURE;
    });
    const patient = patientLinks(fetch, QUICK);
    await expect(patient(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    fetch.mockClear();
    await expect(patient('https://photos.example/b.jpg', EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(await patient('https://other.example/c.jpg', EXPECTED)).toBe(PICTURE);
    expect(fetch).toHaveBeenCalledTimes(2);
    isDown = false;
    await patient(LINK, EXPECTED);
    isDown = true;
    fetch.mockClear();
    await expect(patient(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  test('with an answer says nothing of others of its host', async () => {
    const others = failing(down({ status: 503 }), down({ status: 429 }));
    const patient = patientLinks(async (uri) => {
      if (uri === LINK) throw down({ status: 500 });
      return others();
    }, QUICK);
    await expect(patient(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(await patient('https://photos.example/b.jpg', EXPECTED)).toBe(PICTURE);
    expect(others).toHaveBeenCalledTimes(3);
  });

  test('is not waited for longer than it may be tried', async () => {
    const fetch = always(down);
    // The wait is drawn: one of two thousand would be short enough to be worth it.
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    // Whoever waited all the same would be stopped by the time limit of the test.
    const late = { ...QUICK, maxTimeMs: 1_000, firstBackoffMs: 30_000 };
    await expect(patientLinks(fetch, late)(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('does not speak for a bucket that is called as its host is', async () => {
    const fetch = jest.fn(async (uri: string) => {
      if (uri.startsWith('https:') || fetch.mock.calls.length === 5) throw down();
      return PICTURE;
    });
    const patient = patientLinks(fetch, QUICK);
    await expect(patient(LINK, EXPECTED)).rejects.toMatchObject({ code: 'link-given-up' });
    expect(await patient('s3://photos.example/a b#1.jpg', EXPECTED)).toBe(PICTURE);
    expect(fetch).toHaveBeenCalledTimes(6);
  });

  test.each([
    ['an outcome', new LookalikeError('link-gone', 'Gone.')],
    ['a fault of ours', new LookalikeError('storage-unavailable', 'The credentials are refused.')],
    ['what nobody foresaw', new TypeError('x')],
  ])('%s goes through as it is', async (_, error) => {
    const fetch = always(() => error);
    await expect(patientLinks(fetch, QUICK)(LINK, EXPECTED)).rejects.toBe(error);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('is tried as long and as often when the clock is set', async () => {
    const startMs = Date.now();
    for (const jumpMs of [2 * DAY_MS, -2 * DAY_MS]) {
      const fetch = failing(down({ retryAfterMs: 5 }), down({ retryAfterMs: 5 }));
      const clock = jest.spyOn(Date, 'now');
      fetch.mockImplementationOnce(async () => {
        clock.mockReturnValue(startMs + jumpMs);
        throw down({ retryAfterMs: 5 });
      });
      try {
        expect(await patientLinks(fetch, QUICK)(LINK, EXPECTED)).toBe(PICTURE);
        expect(fetch).toHaveBeenCalledTimes(4);
      } finally {
        clock.mockRestore();
      }
    }
  });

  test('is waited for as long as it asks, unless the wait is ended', async () => {
    const stop = new AbortController();
    const fetch = failing(down({ retryAfterMs: 30_000 }));
    const fetching = patientLinks(fetch, QUICK)(LINK, { ...EXPECTED, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
