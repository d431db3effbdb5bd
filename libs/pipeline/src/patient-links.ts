import { setTimeout as pause } from 'node:timers/promises';
import { ExponentialBackoff } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { type ErrorCode, type FetchLink, isLookalikeError, LookalikeError } from '#core';

export interface LinkPatience {
  /** How often a link is tried whose server fails. */
  readonly maxTries: number;
  /** From the first try to the beginning of the last, in ms. */
  readonly maxTimeMs: number;
  /** After a link was given up without any answer, others of its host are tried once only, for so long, in ms. */
  readonly hostDownMs: number;
  readonly firstBackoffMs?: number;
}

/**
 * A stranger's server that fails, or is so slow that links wait too long for their turn at it (`overloaded`). Unlike a
 * fault of ours it may never pass, and nobody here can mend it.
 */
const OF_THE_OTHER_SERVER: ReadonlySet<ErrorCode> = new Set(['link-unavailable', 'link-too-slow', 'overloaded']);
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
  const backoffs = new ExponentialBackoff({ initialDelay: firstBackoffMs, maxDelay: MAX_BACKOFF_MS });
  return async (uri, expected) => {
    const host = hostOf(uri);
    const endsAt = performance.now() + maxTimeMs;
    let backoff = backoffs.next();
    for (let tries = 1; ; tries++) {
      try {
        const fetched = await fetchLink(uri, expected);
        down.delete(host);
        return fetched;
      } catch (error) {
        if (!isOfTheOther(error) || expected.signal?.aborted) throw error;
        const waitMs = Math.max(backoff.duration, askedWaitMs(error));
        const isWorthIt = tries < maxTries && !down.has(host) && performance.now() + waitMs < endsAt;
        if (!isWorthIt && !wasAnswered(error)) down.set(host, true);
        if (!isWorthIt) throw givenUp(error);
        await pause(waitMs, undefined, { signal: expected.signal });
        backoff = backoff.next(undefined);
      }
    }
  };
}

function isOfTheOther(error: unknown): error is LookalikeError {
  return isLookalikeError(error) && OF_THE_OTHER_SERVER.has(error.code);
}

function askedWaitMs({ facts }: LookalikeError): number {
  return Number(facts.retryAfterMs ?? 0);
}

/** What a server answers for one picture says nothing of its others. */
function wasAnswered({ facts }: LookalikeError): boolean {
  return facts.status !== undefined;
}

function givenUp(error: LookalikeError): LookalikeError {
  return new LookalikeError('link-given-up', `The picture's server failed too often; last: ${error.message}`, {
    cause: error,
    facts: { lastCode: error.code },
  });
}

/** With its scheme: a bucket may be called as a host is. */
function hostOf(uri: string): string {
  if (!URL.canParse(uri)) return '';
  const { protocol, host } = new URL(uri);
  return `${protocol}//${host}`;
}
