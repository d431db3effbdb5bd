import { quantile } from './report.js';

export interface AtOnce {
  readonly perS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `count` calls by so many clients, each of which begins its next when it has the answer to the one before. */
export async function atOnce(clients: number, count: number, call: (at: number) => Promise<unknown>): Promise<AtOnce> {
  const timesMs: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  const client = async () => {
    while (next < count) {
      const begunAt = performance.now();
      await call(next++);
      timesMs.push(performance.now() - begunAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - startedAt) / 1000;
  return { perS: count / seconds, p50Ms: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99) };
}
