import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats `check` until it no longer throws, and throws its last error when the limit is reached. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = 10_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(5);
    }
  }
}
