import { HttpException } from '@nestjs/common';
import { type ErrorCode, isLookalikeError, LookalikeError, refusedField } from '#core';
import { fromMulterError, isMulterError } from './multer-errors.js';

/** Whatever was thrown while a request was answered, as an error of ours. What nobody foresaw is `internal`. */
export function asLookalikeError(error: unknown): LookalikeError {
  if (isLookalikeError(error)) return error;
  if (error instanceof HttpException) return fromHttpException(error);
  if (isBodyError(error)) return fromBodyError(error);
  if (isMulterError(error)) return fromMulterError(error);
  if (isInflateError(error)) {
    return refusedField('body', 'must be compressed as content-encoding says', error);
  }
  return new LookalikeError('internal', 'An error that nobody foresaw.', { cause: error });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'route-unknown',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'media-type-not-supported',
  503: 'overloaded',
};

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  'route-unknown': 'There is nothing at this path.',
  'body-too-large': 'The body is too large.',
  'media-type-not-supported': 'The content type, encoding or charset of the body is not supported here.',
};

/** Nest and express know only statuses; their messages repeat the path or the body, so they stay in the cause. */
function fromStatus(status: number, cause: Error): LookalikeError {
  const code = CODES[status] ?? (status >= 400 && status < 500 ? 'invalid-request' : 'internal');
  return new LookalikeError(code, SENTENCES[code] ?? 'The request is malformed.', { cause });
}

function fromHttpException(error: HttpException): LookalikeError {
  // The router's words for `/v1/images/%zz`.
  if (error.message.startsWith('Failed to decode param')) {
    return refusedField('path', 'must be percent-encoded UTF-8', error);
  }
  return fromStatus(error.getStatus(), error);
}

/** What body-parser throws; `type` is its stable name. */
type BodyError = Error & {
  readonly type: string;
  readonly status: number;
  readonly limit?: number;
  readonly body?: unknown;
};

function isBodyError(error: unknown): error is BodyError {
  const { type, status } = (error ?? {}) as Partial<BodyError>;
  return typeof type === 'string' && typeof status === 'number';
}

function fromBodyError(error: BodyError): LookalikeError {
  switch (error.type) {
    case 'entity.parse.failed':
      // The parser refuses `null`, texts and numbers too, all of it in the same words.
      return refusedField('body', isJson(error.body) ? 'must be a JSON object' : 'must be valid JSON', error);
    case 'entity.too.large':
      return new LookalikeError('body-too-large', `The body has more than ${error.limit} bytes.`, {
        cause: error,
        facts: { maxBytes: error.limit },
      });
    default:
      return fromStatus(error.status, error);
  }
}

/** What zlib says of a body that is not what its content-encoding says, with the status that body-parser gives it. */
function isInflateError(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(Z_(DATA|BUF|STREAM)_ERROR|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/.test(code);
}

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    return false;
  }
}
