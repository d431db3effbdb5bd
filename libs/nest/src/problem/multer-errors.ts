import { LookalikeError, refusedField } from '#core';
import { formFieldRule, PICTURE_FIELD } from './form-fields.js';

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
  if (code === 'LIMIT_UNEXPECTED_FILE') return refusedField(field, unexpectedFile(field), error);
  // A part without a file name is text to the parser, and a picture is longer than any text.
  if (code === 'LIMIT_FIELD_VALUE') return refusedField(field, formFieldRule(field, '') ?? 'is too long', error);
  return refusedField(field, RULES[code] ?? 'must be a well-formed multipart form', error);
}

function unexpectedFile(field: string): string {
  if (field === PICTURE_FIELD) return 'must be given once';
  return `must not be a file: the picture goes into the field ${PICTURE_FIELD}`;
}
