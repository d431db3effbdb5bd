import { LookalikeError } from '#core';

/** The field of a multipart form that carries the picture, wherever one is taken. */
export const PICTURE_FIELD = 'file';
export const PICTURE_RULE = 'must be a file, with a file name';

/** What multer throws; by name, since a package may bring a multer of its own. */
export type MulterError = Error & { readonly code: string; readonly field?: string };

export function isMulterError(error: unknown): error is MulterError {
  return (error as Partial<Error> | undefined)?.name === 'MulterError';
}

const RULES: Readonly<Record<string, string>> = {
  LIMIT_FILE_COUNT: 'has too many files',
  LIMIT_FIELD_COUNT: 'has too many fields',
  LIMIT_FIELD_KEY: 'has a field with too long a name',
  LIMIT_PART_COUNT: 'has too many parts',
  MISSING_FIELD_NAME: 'has a part without a name',
};

export function fromMulterError(error: MulterError): LookalikeError {
  if (error.code === 'LIMIT_FILE_SIZE') {
    return new LookalikeError('picture-too-large', 'The picture has too many bytes.', { cause: error });
  }
  const { code, field = 'body' } = error;
  if (code === 'LIMIT_UNEXPECTED_FILE') return refused(field, unexpectedFile(field), error);
  // A part without a file name is text to the parser, and a picture is longer than any text.
  if (code === 'LIMIT_FIELD_VALUE') return refused(field, formFieldRule(field, '') ?? 'is too long', error);
  return refused(field, RULES[code] ?? 'must be a well-formed multipart form', error);
}

function unexpectedFile(field: string): string {
  if (field === PICTURE_FIELD) return 'must be given once';
  return `must not be a file: the picture goes into the field ${PICTURE_FIELD}`;
}

/** What is wrong with a field beside the picture, whatever it is for; `null` for a text, given once. */
export function formFieldRule(field: string, value: unknown): string | null {
  if (field === PICTURE_FIELD) return PICTURE_RULE;
  if (Array.isArray(value)) return 'must be given once';
  if (typeof value !== 'string') return 'must be a text';
  // What the parser puts in place of bytes that are not UTF-8.
  return value.includes('\ufffd') ? 'must be UTF-8' : null;
}

/** What is neither ours nor multer's comes from the parser of forms: one that is cut off, or none at all. */
export function malformedForm(cause: unknown): LookalikeError {
  return refused('body', 'must be a well-formed multipart form', cause);
}

function refused(field: string, rule: string, cause: unknown): LookalikeError {
  return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause, facts: { field, rule } });
}
