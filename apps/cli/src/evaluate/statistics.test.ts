import { latencyOf, type Share, shareOf } from './statistics.js';

const times = (count: number, value: number) => Array.from({ length: count }, () => value);
const known = (values: readonly number[]) => shareOf(values) as Share;

describe('a share', () => {
  test.each([
    [[...times(8, 1), ...times(2, 0)], 0.8, 0.4902, 0.9433],
    [times(10, 1), 1, 0.7225, 1],
    [times(10, 0), 0, 0, 0.2775],
    [[...times(50, 1), ...times(50, 0)], 0.5, 0.4038, 0.5962],
  ])('has the interval of Wilson (case %#)', (values, share, low, high) => {
    const found = shareOf(values);
    expect(found?.share).toBe(share);
    expect(found?.low).toBeCloseTo(low, 4);
    expect(found?.high).toBeCloseTo(high, 4);
    expect(found?.n).toBe(values.length);
  });

  test('ends where it would be 1.96 standard errors away', () => {
    const { share, low, high, n } = known([...times(37, 1), ...times(5, 0)]);
    for (const end of [low, high]) {
      expect(Math.abs(share - end) / Math.sqrt((end * (1 - end)) / n)).toBeCloseTo(1.96, 4);
    }
  });

  test('of values between 0 and 1 has the interval of those that vary the most', () => {
    const [between, most] = [known(times(10, 0.8)), known([...times(8, 1), ...times(2, 0)])];
    expect([between.low, between.high]).toEqual([expect.closeTo(most.low, 10), expect.closeTo(most.high, 10)]);
  });

  test('is within its interval, whatever rounding does', () => {
    for (let n = 1; n <= 300; n += 1) {
      const { share, low, high } = known(times(n, 1));
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBe(1);
    }
  });

  test('of nothing is none', () => {
    expect(shareOf([])).toBeNull();
  });
});

describe('a latency', () => {
  test('has percentiles that are among the times, in any order', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(latencyOf(hundred)).toEqual({ p50Ms: 50, p95Ms: 95, p99Ms: 99, n: 100 });
  });

  test('of one time is that', () => {
    expect(latencyOf([7])).toEqual({ p50Ms: 7, p95Ms: 7, p99Ms: 7, n: 1 });
    expect(latencyOf([])).toBeNull();
  });
});
