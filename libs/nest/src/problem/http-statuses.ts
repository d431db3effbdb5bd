import type { ErrorCode } from '#core';

/**
 * How an error is answered. A 4xx answer says what the error says. A 5xx answer says only what stands here, since the
 * error's own message may name files or hosts; the whole of it is in the log.
 */
export type HttpStatus = ClientStatus | { readonly status: 500 | 503; readonly detail: string };
type ClientStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 410 | 413 | 415 | 421 | 422 | 429;

const INTERNAL: HttpStatus = {
  status: 500,
  detail: 'The server failed. Its log has the reason under this request id.',
};
const unavailable = (what: string): HttpStatus => ({ status: 503, detail: `${what} Try again later.` });

/** Every code has its status here and nowhere else; a new code does not compile until it has one. */
export const HTTP_STATUSES: Readonly<Record<ErrorCode, HttpStatus>> = {
  'invalid-image-id': 400,
  'invalid-request': 400,
  'invalid-attributes': 400,
  'invalid-event': 400,
  'invalid-record': INTERNAL,
  'invalid-filter': 400,
  'too-many-values': 422,
  'invalid-vector': 400,
  'region-too-small': 400,
  'invalid-cursor': 400,
  'cursor-expired': 410,
  'image-unknown': 404,
  'image-not-searchable': 409,
  'already-here': 409,
  'thumbnail-missing': 404,
  'image-changed': 409,
  'decision-unknown': 404,
  'decision-undone': 409,
  'dead-letter-unknown': 404,
  'idempotency-key-reused': 422,
  'uri-not-supported': 400,
  'route-unknown': 404,
  'method-not-allowed': 405,
  'cross-site-refused': 403,
  'host-not-allowed': 421,
  unauthenticated: 401,
  'scope-missing': 403,
  'rate-limited': 429,
  'too-many-requests': 429,
  'body-too-large': 413,
  'request-timeout': 408,
  'media-type-not-supported': 415,
  'picture-empty': 400,
  'picture-not-recognised': 415,
  'picture-format-not-supported': 415,
  'picture-damaged': 422,
  'picture-too-large': 413,
  'picture-too-many-pixels': 413,
  'picture-too-slow': 422,
  'picture-without-features': 422,
  'blob-missing': 422,
  'blob-too-large': 413,
  'blob-hash-mismatch': 422,
  'blob-damaged': INTERNAL,
  'link-refused': 422,
  'link-gone': 422,
  'link-denied': 422,
  'link-given-up': 422,
  'link-answer-unusable': 422,
  'link-too-large': 413,
  'link-size-mismatch': 422,
  'link-hash-mismatch': 422,
  'link-unavailable': unavailable('The server of the linked picture cannot be reached.'),
  'link-too-slow': unavailable('The server of the linked picture is too slow.'),
  'topic-unknown': INTERNAL,
  'topic-mismatch': {
    status: 500,
    detail:
      'A topic of the log was changed, and cannot keep its promises any more: it forgets, or has more partitions than the log ' +
      'was made with. Whoever runs the server has to set it back; a start of the server says what was found.',
  },
  'record-too-large': 413,
  'offset-out-of-range': INTERNAL,
  'partition-lost': INTERNAL,
  'group-in-use': unavailable('A stage still works.'),
  'log-closed': unavailable('The server is stopping.'),
  'log-incomplete': 409,
  'log-mismatch': {
    status: 500,
    detail:
      'The index has seen more than the log holds, or was built from another one. Whoever runs the server has to bring ' +
      'back the log that belongs to it, or to stop it, delete the index, and start it again: it is then built from this log.',
  },
  'log-unavailable': unavailable('The event log cannot be reached.'),
  'log-damaged': {
    status: 500,
    detail:
      'The event log is damaged. It is the truth and cannot be made from anything else: whoever runs the server has to ' +
      'restore it from a backup, or to save what can be read of it. The log of the server says how.',
  },
  'export-file-invalid': 422,
  'generation-unknown': 404,
  'generation-lost': 409,
  'generation-exists': 409,
  'generation-live': 409,
  'reindex-under-way': 409,
  'generation-kept': 409,
  'not-verified': 409,
  'vectors-unknown': 404,
  'vectors-in-use': 409,
  'fingerprint-clash': 409,
  'vectors-being-dropped': unavailable('The vectors of this encoder are being dropped.'),
  'no-live-generation': unavailable('There is no index to search yet.'),
  'search-unavailable': unavailable('The application that searches cannot be asked.'),
  'index-unavailable': unavailable('The index cannot be reached.'),
  'index-damaged': {
    status: 500,
    detail:
      'The index is damaged. Nothing is lost: it holds nothing that the log does not. Whoever runs the server has to ' +
      'stop it, delete the folder of the index, and start it again; the index is then built from the log.',
  },
  'sample-too-small': 409,
  'storage-unavailable': unavailable('The storage cannot be written or read.'),
  'data-folder-in-use': INTERNAL,
  'invalid-setting': INTERNAL,
  'model-missing': INTERNAL,
  'model-hash-mismatch': INTERNAL,
  'model-invalid': INTERNAL,
  'model-layer-not-found': INTERNAL,
  'model-download-failed': unavailable('The model could not be fetched.'),
  'encoder-unavailable': unavailable('The encoder cannot be used.'),
  'encoder-mismatch': unavailable(
    'The index was made by another encoder than the one that runs here. Searching works again when the index is ' +
      'rebuilt for it, or when the earlier encoder is set again.',
  ),
  overloaded: unavailable('The server has too much to do.'),
  'timed-out': unavailable('It took too long.'),
  internal: INTERNAL,
};
