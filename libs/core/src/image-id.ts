import { isLongerThan } from './characters.js';
import { LookalikeError } from './errors.js';

/** The publisher's own name for an image: 1 to 256 Unicode characters, no control characters, no lone surrogates, not `.` or `..`. */
export type ImageId = string & { readonly __brand: 'ImageId' };

export const IMAGE_ID_MAX_LENGTH = 256;

/** @throws LookalikeError `invalid-image-id` naming the rule that is broken. */
export function parseImageId(value: unknown): ImageId {
  const broken = brokenRule(value);
  if (broken !== null) {
    throw new LookalikeError('invalid-image-id', `imageId ${broken}.`, { facts: { field: 'imageId', rule: broken } });
  }
  return value as ImageId;
}

export function isImageId(value: unknown): value is ImageId {
  return brokenRule(value) === null;
}

/** For reads that shall find nothing: it has a control character, so no image has it. */
export const NO_IMAGE = '\u0000';

function brokenRule(value: unknown): string | null {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length === 0) return 'must not be empty';
  if (isLongerThan(value, IMAGE_ID_MAX_LENGTH)) return `must have at most ${IMAGE_ID_MAX_LENGTH} characters`;
  if (/\p{Cc}/u.test(value)) return 'must not contain control characters';
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  // As a segment of a path, browsers and other clients take these two for folders, encoded or not.
  if (value === '.' || value === '..') return 'must not be "." or ".."';
  return null;
}
