/** A mean of shares, one of each query, and the interval that holds the mean of all such queries in 95 of 100 samples. */
export interface Share {
  /** 0 to 1, as `low` and `high` are. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Queries. */
  readonly n: number;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Searches. */
  readonly n: number;
}

/** Of the normal distribution, two-sided. */
const Z_95 = 1.959964;

/**
 * Wilson's score interval (1927). For values that are not only 0 and 1 it is wider than it had to be: of all values from 0 to 1
 * with the same mean, those vary the most.
 * @param values each 0 to 1
 * @returns null of none
 */
export function shareOf(values: readonly number[]): Share | null {
  const n = values.length;
  if (n === 0) return null;
  const share = mean(values);
  const z2 = Z_95 * Z_95;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  // Rounding must not put the share itself outside.
  return {
    share,
    low: Math.min(share, Math.max(0, middle - half)),
    high: Math.max(share, Math.min(1, middle + half)),
    n,
  };
}

/** @returns null of none */
export function latencyOf(timesMs: readonly number[]): Latency | null {
  const sorted = [...timesMs].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((it) => percentile(sorted, it)) as [number, number, number];
  return { p50Ms, p95Ms, p99Ms, n: sorted.length };
}

/** By the nearest rank: always one of the values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

/** @param values at least one */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, it) => sum + it, 0) / values.length;
}
