import type { ErrorCode, LookalikeError } from '#core';
import { HTTP_STATUSES } from './http-statuses.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** What is wrong with which part of a request. */
export interface FieldError {
  /** With dots for what is inside: `attributes.album`. */
  readonly field: string;
  readonly rule: string;
}

/** RFC 9457, with members of ours. Programs read `code`, which also ends `type`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly canRetry: boolean;
  readonly errors?: readonly FieldError[];
  /** Facts of the error: limits, found and expected values. */
  readonly [fact: string]: unknown;
}

export function toProblem(error: LookalikeError): Problem {
  const { code, canRetry } = error;
  const entry = HTTP_STATUSES[code];
  const { status, detail, facts } =
    typeof entry === 'number'
      ? { status: entry, detail: error.message, facts: withErrors(error.facts) }
      : { ...entry, facts: {} };
  const title = `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`;
  return { ...facts, type: `urn:lookalike:problem:${code}`, title, status, detail, code, canRetry };
}

/** A rule broken by one field has the same form as rules broken by many. */
function withErrors({ field, rule, ...facts }: LookalikeError['facts']): Record<string, unknown> {
  if (field === undefined || rule === undefined) return { ...facts, ...(field === undefined ? {} : { field }) };
  return { ...facts, errors: [{ field, rule }] };
}

/** Seconds a client should wait before it tries again; `null` when trying again is of no use. */
export function retryAfterSeconds({ code, status, retryAfterSeconds }: Problem): number | null {
  if (code === 'rate-limited') return Number(retryAfterSeconds);
  if (code === 'too-many-requests' || code === 'overloaded') return 1;
  return status === 503 ? 5 : null;
}
