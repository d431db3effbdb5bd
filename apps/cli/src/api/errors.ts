/** RFC 9457 problem+json as the server sends it; every member is the server's, so nothing is taken for granted. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly canRetry: boolean;
  readonly errors: readonly { readonly field: string; readonly rule: string }[];
}

/** The server answered, and the answer is no. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** From Retry-After; null when the server named no time. */
    readonly retryAfterMs: number | null,
  ) {
    super(problem.detail === '' ? problem.title : problem.detail);
    this.code = problem.code;
  }
}

/** No answer: nobody listens, the connection was cut, or it took too long. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';

  constructor(
    readonly url: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`No answer from ${url}: ${reason}.`, { cause });
  }
}

/** The command was wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The server on this machine ended, or was not ready in time. */
export class StandaloneDidNotStart extends Error {
  override readonly name = 'StandaloneDidNotStart';

  constructor(
    message: string,
    /** The end of what it wrote. */
    readonly lastWords: readonly string[],
    /** Its exit code, or the name of the signal that ended it; `null` while it runs. */
    readonly exit: number | string | null = null,
  ) {
    super(message);
  }
}

/** The server's answer as a problem, also when it is no problem+json (a proxy's page, an empty body). */
export function parseProblem(status: number, body: string): Problem {
  const json = parseObject(body);
  const text = (name: string) => (typeof json[name] === 'string' ? json[name] : '');
  const fields = Array.isArray(json.errors) ? json.errors : [];
  return {
    code: text('code') || `http-${status}`,
    title: text('title') || `The server answered ${status}`,
    detail: text('detail'),
    canRetry: json.canRetry === true,
    errors: fields.flatMap((it) => {
      const { field, rule } = (it ?? {}) as Record<string, unknown>;
      return typeof field === 'string' && typeof rule === 'string' ? [{ field, rule }] : [];
    }),
  };
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
