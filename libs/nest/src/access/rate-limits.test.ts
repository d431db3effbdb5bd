import { RateLimits, type Rates } from './rate-limits.js';

const TWO_IN_FOUR_SECONDS = { perSecond: 0.5, burst: 2 };
const RATES: Rates = {
  publish: TWO_IN_FOUR_SECONDS,
  search: TWO_IN_FOUR_SECONDS,
  operate: TWO_IN_FOUR_SECONDS,
};
const limited = (retryAfterSeconds: number) => ({ code: 'rate-limited', canRetry: true, facts: { retryAfterSeconds } });

describe('a rate', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('lets a burst through, says how long to wait, and begins again', async () => {
    const limits = new RateLimits(RATES);
    await limits.count('search', 'app');
    jest.advanceTimersByTime(500);
    await limits.count('search', 'app');
    await expect(limits.count('search', 'app')).rejects.toMatchObject(limited(4));
    jest.advanceTimersByTime(3_400);
    await expect(limits.count('search', 'app')).rejects.toMatchObject(limited(1));
    jest.advanceTimersByTime(100);
    await limits.count('search', 'app');
  });

  test('keeps nobody longer when the clock is set back', async () => {
    const limits = new RateLimits(RATES);
    for (let i = 0; i < 2; i++) await limits.count('search', 'app');
    jest.setSystemTime(Date.now() - 2 * 86_400_000);
    await expect(limits.count('search', 'app')).rejects.toMatchObject(limited(4));
    jest.advanceTimersByTime(4_000);
    await limits.count('search', 'app');
  });

  test('is of one caller and one scope', async () => {
    const limits = new RateLimits(RATES);
    for (const caller of ['app', 'other']) {
      for (const scope of ['search', 'publish', 'operate'] as const) {
        await limits.count(scope, caller);
        await limits.count(scope, caller);
        await expect(limits.count(scope, caller)).rejects.toMatchObject({ code: 'rate-limited' });
      }
    }
  });

  test('remembers so many callers and no more', async () => {
    const limits = new RateLimits(RATES, 100);
    const before = jest.getTimerCount();
    for (let i = 0; i < 1000; i++) await limits.count('search', `192.0.2.${i}`);
    // One window each, with one timer.
    expect(jest.getTimerCount() - before).toBe(100);
  });

  test('does not forget the one who asks all the time', async () => {
    const limits = new RateLimits(RATES, 10);
    await limits.count('search', 'hasty');
    await limits.count('search', 'hasty');
    for (let i = 0; i < 100; i++) {
      await limits.count('search', `192.0.2.${i}`);
      await expect(limits.count('search', 'hasty')).rejects.toMatchObject({ code: 'rate-limited' });
    }
  });
});
