import { LookalikeError, refusedField } from '#core';
import { asLookalikeError } from './as-lookalike-error.js';

/**
 * What a reader of multipart forms throws, as an error of ours. What is neither ours nor multer's comes from the parser:
 * the form is cut off or malformed.
 */
export function formError(error: unknown, maxFileBytes: number): LookalikeError {
  if ((error as { code?: unknown } | null)?.code === 'LIMIT_FILE_SIZE') return pictureTooLarge(maxFileBytes, error);
  const known = asLookalikeError(error);
  if (known.code !== 'internal') return known;
  return refusedField('body', 'must be a well-formed multipart form', error);
}

export function pictureTooLarge(maxBytes: number, cause?: unknown): LookalikeError {
  const message = `The picture has more than ${maxBytes} bytes.`;
  return new LookalikeError('picture-too-large', message, { cause, facts: { maxBytes } });
}
