import { HttpException } from '@nestjs/common';
import { type ErrorCode, isLookalikeError, LookalikeError } from '#core';

/** Whatever was thrown while a request was answered, as an error of ours. What nobody foresaw is `internal`. */
export function asLookalikeError(error: unknown): LookalikeError {
  if (isLookalikeError(error)) return error;
  if (error instanceof HttpException) return fromHttpException(error);
  if (isBodyError(error)) return fromBodyError(error);
  if (isMulterError(error)) return fromMulterError(error);
  if (isInflateError(error)) {
    const [field, rule] = ['body', 'must be compressed as content-encoding says'];
    return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause: error, facts: { field, rule } });
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
    const [field, rule] = ['path', 'must be percent-encoded UTF-8'];
    return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause: error, facts: { field, rule } });
  }
  return fromStatus(error.getStatus(), error);
}

/** What body-parser throws; `type` is its stable name. */
type BodyError = Error & { readonly type: string; readonly status: number; readonly limit?: number };

function isBodyError(error: unknown): error is BodyError {
  const { type, status } = (error ?? {}) as Partial<BodyError>;
  return typeof type === 'string' && typeof status === 'number';
}

function fromBodyError(error: BodyError): LookalikeError {
  switch (error.type) {
    case 'entity.parse.failed':
      return new LookalikeError('invalid-request', 'The body is not valid JSON.', {
        cause: error,
        facts: { field: 'body', rule: 'must be a JSON object or list' },
      });
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

type MulterError = Error & { readonly code: string; readonly field?: string };

function isMulterError(error: unknown): error is MulterError {
  return (error as Partial<Error> | undefined)?.name === 'MulterError';
}

const MULTER_RULES: Readonly<Record<string, string>> = {
  LIMIT_UNEXPECTED_FILE: 'must not be a file, or must be given once',
  LIMIT_FILE_COUNT: 'must be given once',
  LIMIT_FIELD_COUNT: 'is one field too many',
  LIMIT_FIELD_KEY: 'has too long a name',
  LIMIT_FIELD_VALUE: 'is too long',
  LIMIT_PART_COUNT: 'is one part too many',
  MISSING_FIELD_NAME: 'has a part without a name',
};

function fromMulterError(error: MulterError): LookalikeError {
  const rule = MULTER_RULES[error.code] ?? 'is not a well-formed multipart form';
  const field = error.field ?? 'body';
  return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause: error, facts: { field, rule } });
}
