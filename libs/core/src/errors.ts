/**
 * The closed list of error codes. `canRetry: true` marks a fault: a dependency is broken, wait and try again.
 * `canRetry: false` marks an answer: the same call gives the same result, so never try again unasked. What is damaged
 * is both: waiting does not mend it, and it is no outcome of the record at hand either; see `isFault`.
 */
export const ERROR_CODES = {
  // the caller's input
  'invalid-image-id': { canRetry: false },
  'invalid-request': { canRetry: false },
  'invalid-attributes': { canRetry: false },
  'invalid-event': { canRetry: false },
  'invalid-record': { canRetry: false },
  'invalid-filter': { canRetry: false },
  'too-many-values': { canRetry: false },
  'invalid-vector': { canRetry: false },
  'region-too-small': { canRetry: false },
  'invalid-cursor': { canRetry: false },
  'cursor-expired': { canRetry: false },
  'image-unknown': { canRetry: false },
  'image-not-searchable': { canRetry: false },
  'already-here': { canRetry: false },
  'thumbnail-missing': { canRetry: false },
  'image-changed': { canRetry: false },
  'decision-unknown': { canRetry: false },
  'decision-undone': { canRetry: false },
  'dead-letter-unknown': { canRetry: false },
  'idempotency-key-reused': { canRetry: false },
  'uri-not-supported': { canRetry: false },
  'route-unknown': { canRetry: false },
  'method-not-allowed': { canRetry: false },
  'cross-site-refused': { canRetry: false },
  'host-not-allowed': { canRetry: false },
  unauthenticated: { canRetry: false },
  'scope-missing': { canRetry: false },
  // by one caller, within a time
  'rate-limited': { canRetry: true },
  // by all callers together, under way or waiting for their turn
  'too-many-requests': { canRetry: true },
  'body-too-large': { canRetry: false },
  // the network's fault, or the client's: the same request may well succeed
  'request-timeout': { canRetry: true },
  'media-type-not-supported': { canRetry: false },
  // a picture that will never work: an outcome, recorded as the failed state's reason
  'picture-empty': { canRetry: false },
  'picture-not-recognised': { canRetry: false },
  'picture-format-not-supported': { canRetry: false },
  'picture-damaged': { canRetry: false },
  'picture-too-large': { canRetry: false },
  'picture-too-many-pixels': { canRetry: false },
  'picture-too-slow': { canRetry: false },
  'picture-without-features': { canRetry: false },
  // blobs
  'blob-missing': { canRetry: false },
  'blob-too-large': { canRetry: false },
  'blob-hash-mismatch': { canRetry: false },
  'blob-damaged': { canRetry: false },
  // pictures referred to by link: outcomes first, then faults, with `retryAfterMs` in the facts if the server names it
  'link-refused': { canRetry: false },
  'link-gone': { canRetry: false },
  'link-denied': { canRetry: false },
  'link-given-up': { canRetry: false },
  'link-answer-unusable': { canRetry: false },
  'link-too-large': { canRetry: false },
  'link-size-mismatch': { canRetry: false },
  'link-hash-mismatch': { canRetry: false },
  'link-unavailable': { canRetry: true },
  'link-too-slow': { canRetry: true },
  // the log
  'topic-unknown': { canRetry: false },
  'topic-mismatch': { canRetry: false },
  'record-too-large': { canRetry: false },
  'offset-out-of-range': { canRetry: false },
  'partition-lost': { canRetry: false },
  'group-in-use': { canRetry: true },
  'log-closed': { canRetry: false },
  'log-mismatch': { canRetry: false },
  'log-incomplete': { canRetry: false },
  'log-unavailable': { canRetry: true },
  'log-damaged': { canRetry: false },
  // a file that is no export of a log, or not all of one
  'export-file-invalid': { canRetry: false },
  // the index
  'generation-unknown': { canRetry: false },
  'generation-lost': { canRetry: false },
  'generation-exists': { canRetry: false },
  'generation-live': { canRetry: false },
  'reindex-under-way': { canRetry: false },
  'generation-kept': { canRetry: false },
  'not-verified': { canRetry: false },
  'vectors-unknown': { canRetry: false },
  'vectors-in-use': { canRetry: false },
  'fingerprint-clash': { canRetry: false },
  'vectors-being-dropped': { canRetry: true },
  'no-live-generation': { canRetry: true },
  'index-unavailable': { canRetry: true },
  'index-damaged': { canRetry: false },
  // the application that searches, as others ask it
  'search-unavailable': { canRetry: true },
  // what is measured on pictures of the collection
  'sample-too-small': { canRetry: false },
  // storage, models, settings, the process
  'storage-unavailable': { canRetry: true },
  'data-folder-in-use': { canRetry: false },
  'invalid-setting': { canRetry: false },
  'model-missing': { canRetry: false },
  'model-hash-mismatch': { canRetry: false },
  'model-invalid': { canRetry: false },
  'model-layer-not-found': { canRetry: false },
  'model-download-failed': { canRetry: true },
  'encoder-unavailable': { canRetry: true },
  'encoder-mismatch': { canRetry: true },
  overloaded: { canRetry: true },
  'timed-out': { canRetry: true },
  internal: { canRetry: false },
} as const satisfies Record<string, { canRetry: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** The original error, kept for the log; never shown to users. */
  readonly cause?: unknown;
  /** Facts a user may see: field names, limits, found and expected values. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The only error that crosses a port. The message is a sentence for people; programs read `code`. */
export class LookalikeError extends Error {
  override readonly name = 'LookalikeError';
  readonly code: ErrorCode;
  readonly canRetry: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.canRetry = ERROR_CODES[code].canRetry;
    this.facts = details.facts ?? {};
  }
}

/** True for our own errors, also across Jest realms and worker threads, where `instanceof` fails. */
export function isLookalikeError(error: unknown): error is LookalikeError {
  return error instanceof Error || (typeof error === 'object' && error !== null)
    ? (error as { name?: unknown }).name === 'LookalikeError' && isErrorCode((error as { code?: unknown }).code)
    : false;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

/** Callers need not come again before somebody has mended it; until then it would make an outcome of every record. */
const DAMAGED: ReadonlySet<ErrorCode> = new Set(['index-damaged', 'log-damaged', 'log-mismatch']);

/** What a consumer does with an error: a fault is waited out, an outcome is recorded. Unknown errors count as faults. */
export function isFault(error: unknown): boolean {
  return isLookalikeError(error) ? error.canRetry || DAMAGED.has(error.code) : true;
}
