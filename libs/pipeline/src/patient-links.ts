import { setTimeout as pause } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { type ErrorCode, type FetchLink, isLookalikeError, LookalikeError } from '#core';

export interface LinkPatience {
  /** How often a link is tried whose server fails. */
  readonly maxTries: number;
  /** From the first try to the beginning of the last, in ms. */
  readonly maxTimeMs: number;
  /** After a link was given up, others of its host are tried once only, for so long, in ms. */
  readonly hostDownMs: number;
  readonly firstBackoffMs?: number;
}

/** A stranger's server that fails. Unlike a fault of ours it may never pass, and nobody here can mend it. */
const OF_THE_OTHER_SERVER: ReadonlySet<ErrorCode> = new Set(['link-unavailable', 'link-too-slow']);
const MAX_BACKOFF_MS = 30_000;
const HOSTS_REMEMBERED = 10_000;

/**
 * Tries links whose server fails again, for a while: at least as long as the server asks to wait, if that fits. Then it is an
 * outcome, `link-given-up`, so that a server which is gone stops no partition. Our own faults go through as they are.
 */
export function patientLinks(
  fetchLink: FetchLink,
  { maxTries, maxTimeMs, hostDownMs, firstBackoffMs = 500 }: LinkPatience,
): FetchLink {
  const down = new LRUCache<string, true>({ max: HOSTS_REMEMBERED, ttl: hostDownMs });
  return async (uri, expected) => {
    const host = hostOf(uri);
    const endsAt = performance.now() + maxTimeMs;
    const isWorthIt = (error: Error) => {
      const waitMs = isLookalikeError(error) ? Number(error.facts.retryAfterMs ?? 0) : 0;
      return ofTheOther(error) && !down.has(host) && performance.now() + waitMs < endsAt;
    };
    const patience = retry(handleWhen(isWorthIt), {
      maxAttempts: maxTries - 1,
      backoff: new ExponentialBackoff({ initialDelay: firstBackoffMs, maxDelay: MAX_BACKOFF_MS }),
    });
    let waitUntil = 0;
    patience.onRetry((reason) => {
      const error = 'error' in reason ? reason.error : undefined;
      waitUntil = performance.now() + (isLookalikeError(error) ? Number(error.facts.retryAfterMs ?? 0) : 0);
    });
    try {
      const fetched = await patience.execute(async () => {
        if (waitUntil > performance.now())
          await pause(waitUntil - performance.now(), undefined, { signal: expected.signal });
        return fetchLink(uri, expected);
      });
      down.delete(host);
      return fetched;
    } catch (error) {
      if (!ofTheOther(error) || expected.signal?.aborted) throw error;
      down.set(host, true);
      throw new LookalikeError('link-given-up', `The picture's server failed too often; last: ${error.message}`, {
        cause: error,
        facts: { lastCode: error.code },
      });
    }
  };
}

function ofTheOther(error: unknown): error is LookalikeError {
  return isLookalikeError(error) && OF_THE_OTHER_SERVER.has(error.code);
}

/** With its scheme: a bucket may be called as a host is. */
function hostOf(uri: string): string {
  if (!URL.canParse(uri)) return '';
  const { protocol, host } = new URL(uri);
  return `${protocol}//${host}`;
}
