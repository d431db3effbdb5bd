import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats `check` until it no longer throws, and throws its last error when the limit is reached. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 10_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(5);
    }
  }
}

/** Long enough for a Kafka group to rebalance; parts in process need milliseconds. */
const LIMIT_MS = 25_000;

/** Waits until `condition` is true, with a limit. What it throws is thrown at once. */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${LIMIT_MS} ms: ${what}`);
    await sleep(5);
  }
}
