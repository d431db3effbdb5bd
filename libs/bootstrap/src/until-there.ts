import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Logger } from 'pino';
import { isLookalikeError } from '#core';

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5_000;

/**
 * Tries until the server that `what` names is there: services come up in any order. Told once, however often it is
 * tried. @throws what no waiting changes.
 */
export async function untilThere<T>(what: string, attempt: () => Promise<T>, logger: Logger): Promise<T> {
  const waiting = retry(
    handleWhen((error) => isLookalikeError(error) && error.canRetry),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: FIRST_BACKOFF_MS, maxDelay: MAX_BACKOFF_MS }),
    },
  );
  let isWaiting = false;
  waiting.onRetry((reason) => {
    if (isWaiting) return;
    isWaiting = true;
    logger.warn({ err: 'error' in reason ? reason.error : reason.value }, `waiting for ${what}`);
  });
  const found = await waiting.execute(attempt);
  if (isWaiting) logger.info(`${what} is there`);
  return found;
}
