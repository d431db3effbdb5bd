import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { ApiProblem, ServerUnreachable } from './problem.js';

export interface RetryOptions {
  /** After this long without success the last error is thrown. */
  readonly giveUpAfterMs: number;
  readonly firstDelayMs?: number;
  readonly onRetry?: (error: Error, delayMs: number) => void;
}

const LONGEST_DELAY_MS = 30_000;

/** Try again when the server says so, or nobody answered; a plain refusal is final. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ServerUnreachable) return true;
  return error instanceof ApiProblem && ([429, 502, 503, 504].includes(error.status) || error.problem.canRetry);
}

/** The same of a request that must not be carried out twice: only what was surely not carried out. */
export function isTransientAndUndone(error: unknown): boolean {
  if (error instanceof ServerUnreachable) return error.isSurelyUnsent;
  return error instanceof ApiProblem && [429, 503].includes(error.status);
}

/**
 * Runs `call` until it succeeds, is refused for good, time is up or one of `signals` aborts. The waits double from 250 ms; the
 * server's Retry-After is kept to, up to 30 s. A little chance is in all of them, so that callers who were sent away together
 * don't come back in the same instant.
 */
export async function withRetry<T>(
  call: () => Promise<T>,
  { giveUpAfterMs, firstDelayMs = 250, onRetry }: RetryOptions,
  signals: readonly AbortSignal[],
  mayPass: (error: unknown) => boolean = isTransient,
): Promise<T> {
  const deadline = performance.now() + giveUpAfterMs;
  const isOver = () => signals.some(({ aborted }) => aborted) || performance.now() >= deadline;
  const policy = retry(
    handleWhen((error) => mayPass(error) && !isOver()),
    { maxAttempts: Number.POSITIVE_INFINITY, backoff: new ConstantBackoff(0) },
  );
  let waitMs = 0;
  policy.onRetry((event) => {
    if (!('error' in event)) return;
    const { attempt, error } = event;
    waitMs = Math.min(delayMs(attempt, error, firstDelayMs), Math.max(0, deadline - performance.now()));
    onRetry?.(error, waitMs);
  });
  // Not the policy's own wait, which nobody can end: for up to 30 s it would keep a process that wants no answer any more.
  return policy.execute(async ({ attempt }) => {
    if (attempt > 0) await pause(waitMs, signals);
    return call();
  });
}

function delayMs(attempt: number, error: Error, firstDelayMs: number): number {
  const asked = error instanceof ApiProblem ? error.retryAfterMs : null;
  if (asked !== null) return Math.min(asked, LONGEST_DELAY_MS) + firstDelayMs * Math.random();
  const doubled = firstDelayMs * 2 ** Math.min(attempt - 1, 16);
  return Math.min(doubled, LONGEST_DELAY_MS) * (0.75 + Math.random() / 2);
}

async function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  let end = () => {};
  const isOver = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  try {
    await signals.reduce(untilAborted, isOver);
  } finally {
    // Of signals that live on, too, nothing listens any more then.
    end();
  }
}

/** Rejects with the reason of `signal` as soon as it aborts, though the work goes on. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
