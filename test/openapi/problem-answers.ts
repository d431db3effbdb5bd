import { API_SCOPES, ERROR_CODES, type ErrorCode } from '#core';
import { HTTP_STATUSES } from '../../libs/nest/src/problem/http-statuses.js';
import type { Route } from './routes.js';
import type { Schema } from './schema.js';

const ALL_CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const SAFE_METHODS = new Set(['GET', 'HEAD']);
const OF_BODIES = ['invalid-request', 'body-too-large', 'request-timeout', 'media-type-not-supported'] as const;
const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } } };

/** Answers that any endpoint may have, by the names that they have in the document. */
export const SHARED_ANSWERS = {
  Failed: {
    ...problemAnswer(codesOf(500), 'The server failed, or something of it is damaged.'),
  },
  Unavailable: {
    ...problemAnswer(codesOf(503), 'Something that this needs is away or has too much to do.'),
    headers: RETRY_AFTER,
  },
} as const;

/**
 * What an endpoint refuses with, by status.
 * @param shared takes the answers that have one code, by that.
 */
export function problemAnswers(
  route: Route,
  reads: { readonly body: boolean; readonly query: boolean },
  shared: Map<string, Schema>,
): Schema {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(refusalsOf(route, reads))) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, codes]) => {
    const answer = refusal(status, codes.sort());
    const [code, ...others] = codes;
    if (code === undefined || others.length > 0) return [status, answer] as const;
    shared.set(code, answer);
    return [status, { $ref: `#/components/responses/${code}` }] as const;
  });
  return {
    ...Object.fromEntries(answers),
    500: { $ref: '#/components/responses/Failed' },
    503: { $ref: '#/components/responses/Unavailable' },
  };
}

export function statusOf(code: ErrorCode): number {
  const entry = HTTP_STATUSES[code];
  return typeof entry === 'number' ? entry : entry.status;
}

function refusalsOf({ method, path, access, described }: Route, reads: { body: boolean; query: boolean }): ErrorCode[] {
  return [
    'host-not-allowed',
    ...(access === 'everybody' ? [] : (['unauthenticated', 'scope-missing', 'rate-limited'] as const)),
    ...(SAFE_METHODS.has(method) ? [] : (['cross-site-refused'] as const)),
    ...(SAFE_METHODS.has(method) ? [] : OF_BODIES.filter((it) => reads.body || it !== 'invalid-request')),
    ...(reads.query ? (['invalid-request'] as const) : []),
    ...(path.includes('{imageId}') ? (['invalid-image-id'] as const) : []),
    ...(described?.refusals ?? []),
  ];
}

function refusal(status: number, codes: readonly ErrorCode[]): Schema {
  const answer = problemAnswer(codes, codes.map((it) => `\`${it}\``).join(', '));
  if (status === 429) return { ...answer, headers: RETRY_AFTER };
  const headers = { 'WWW-Authenticate': { description: 'Bearer', schema: { type: 'string' } } };
  return status === 401 ? { ...answer, headers } : answer;
}

function problemAnswer(codes: readonly ErrorCode[], description: string): Schema {
  const refined = { type: 'object', properties: { code: { type: 'string', enum: [...codes].sort() } } };
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, refined] };
  return { description, content: { 'application/problem+json': { schema } } };
}

function codesOf(status: number): ErrorCode[] {
  return ALL_CODES.filter((it) => statusOf(it) === status);
}

/** A caller needs one of the scopes. */
export function securityOf({ access }: Route): readonly Schema[] {
  return access === 'everybody' ? [] : (access ?? API_SCOPES).map((scope) => ({ apiKey: [scope] }));
}
