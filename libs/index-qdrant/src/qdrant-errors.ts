import { isLookalikeError, LookalikeError } from '#core';

/** An answer with status 200 that is not what was asked for. */
export class OddAnswerError extends Error {
  override readonly name = 'OddAnswerError';
}

const LOST_CONNECTION = new Set(['fetch failed', 'terminated']);
const PASSING_NAMES = new Set([
  'AbortError',
  'QdrantClientTimeoutError',
  'QdrantClientUnexpectedResponseError',
  'OddAnswerError',
  // JSON that ends too early.
  'SyntaxError',
]);

/** Of the server's answer, when there was one. By shape, since the client's classes differ between its builds. */
function statusOf(error: unknown): number | undefined {
  const { status, name } = (error ?? {}) as { status?: unknown; name?: unknown };
  if (name === 'QdrantClientResourceExhaustedError') return 429;
  return typeof status === 'number' ? status : undefined;
}

/** Worth repeating: every request of this adapter may be sent twice. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 408 || status === 429 || status >= 500;
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  return PASSING_NAMES.has(String(name)) || (name === 'TypeError' && LOST_CONNECTION.has(String(message)));
}

/**
 * Whatever the server or its client throws, as the port's errors. What the server refuses is a mistake of this adapter,
 * and loud; a key it refuses, or a server that fails, is waited for.
 */
export function asIndexError(error: unknown, generation?: string): LookalikeError {
  if (isLookalikeError(error)) return error;
  const status = statusOf(error);
  const facts = { ...(generation !== undefined && { generation }), ...(status !== undefined && { status }) };
  const details = { cause: withReason(error), facts };
  if (isPassing(error)) {
    const message = 'Qdrant cannot be reached or does not answer as it should.';
    return new LookalikeError('index-unavailable', message, details);
  }
  if (status === 401 || status === 403) {
    return new LookalikeError('index-unavailable', 'Qdrant refuses this client: check its API key.', details);
  }
  if (status === 404 && generation !== undefined) return generationUnknown(generation, error);
  return new LookalikeError('internal', 'Qdrant refused a request that it should take.', details);
}

/** Whether the server answered a call with this status. */
export function isRefusal(error: unknown, status: number): boolean {
  return isLookalikeError(error) && error.facts.status === status;
}

export function generationUnknown(generation: string, cause?: unknown): LookalikeError {
  const facts = { generation };
  return new LookalikeError('generation-unknown', `There is no generation ${generation}.`, { facts, cause });
}

/** What the server says is in the body, which no log shows: the message of the client's error is only the status. */
function withReason(error: unknown): unknown {
  const said = (error as { data?: { status?: { error?: unknown } } } | null)?.data?.status?.error;
  return typeof said === 'string' ? new Error(said.slice(0, 1_000), { cause: error }) : error;
}
