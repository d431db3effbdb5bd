import { setTimeout as pause } from 'node:timers/promises';
import { isLookalikeError } from '#core';

const PAUSE_MS = 250;
/** A broker that starts is there within this. */
const PATIENCE_MS = 30_000;

/**
 * Asks again while the log is not to be reached: a broker does not know the groups yet that it has just taken over, or nobody has
 * used before. @throws what no waiting changes, and what is still so after half a minute.
 */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isLookalikeError(error) || !error.canRetry || performance.now() >= endMs) throw error;
      await pause(PAUSE_MS);
    }
  }
}
