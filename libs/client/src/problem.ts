import type { components } from './api-types.js';

/** The closed list of the server's codes. */
export type ErrorCode = components['schemas']['ErrorCode'];

/** RFC 9457 problem+json as the server sends it; every member is the server's, so nothing is taken for granted. */
export interface Problem {
  /** One of `ErrorCode`; `http-403` and the like where somebody between answered, `not-lookalike` where somebody else did. */
  readonly code: ErrorCode | (string & {});
  readonly title: string;
  readonly detail: string;
  readonly canRetry: boolean;
  readonly errors: readonly { readonly field: string; readonly rule: string }[];
  /** What else it says: limits, found and expected values. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The server answered, and the answer is no. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: Problem['code'];

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** From Retry-After; null when the server named no time. */
    readonly retryAfterMs: number | null,
  ) {
    super(problem.detail === '' ? problem.title : problem.detail);
    this.code = problem.code;
  }

  get facts(): Problem['facts'] {
    return this.problem.facts;
  }
}

/** No answer: nobody listens, the connection was cut, or it took too long. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';

  constructor(
    readonly url: string,
    readonly reason: string,
    cause?: unknown,
    /** Nobody was reached, so nothing was done; else the server may have done what it was asked for. */
    readonly isSurelyUnsent = false,
  ) {
    super(`No answer from ${url}: ${reason}.`, { cause });
  }
}

/** The server's answer as a problem, also when it is no problem+json (a proxy's page, an empty body). */
export function parseProblem(status: number, body: string): Problem {
  const { type: _, status: __, code, title, detail, canRetry, errors, ...facts } = parseObject(body);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    code: text(code) || `http-${status}`,
    title: text(title) || `The server answered ${status}`,
    detail: text(detail),
    canRetry: canRetry === true,
    errors: (Array.isArray(errors) ? errors : []).flatMap((it) => {
      const { field, rule } = (it ?? {}) as Record<string, unknown>;
      return typeof field === 'string' && typeof rule === 'string' ? [{ field, rule }] : [];
    }),
    facts,
  };
}

/** What answers has nothing of lookalike's API. */
export function notLookalike(url: string): ApiProblem {
  const detail = `What answers at ${url} does not speak lookalike's API.`;
  const problem = { code: 'not-lookalike', title: 'Unexpected answer', detail, canRetry: false, errors: [], facts: {} };
  return new ApiProblem(200, problem, null);
}

/** Seconds or an HTTP date, as RFC 9110 allows; null when it is neither. */
export function parseRetryAfterMs(value: string | null, now: number): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
