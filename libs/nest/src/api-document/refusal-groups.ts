import type { ErrorCode } from '#core';

/** Of bytes that are to be a picture. */
export const PICTURE_REFUSALS = [
  'picture-empty',
  'picture-not-recognised',
  'picture-format-not-supported',
  'picture-too-large',
  'picture-too-many-pixels',
] as const satisfies readonly ErrorCode[];

/** Of a picture that is decoded and looked at. */
export const DECODE_REFUSALS = [
  ...PICTURE_REFUSALS,
  'picture-damaged',
  'picture-too-slow',
  'picture-without-features',
] as const satisfies readonly ErrorCode[];

/** Of a picture that is fetched from where a link says. */
export const LINK_REFUSALS = [
  'uri-not-supported',
  'link-refused',
  'link-gone',
  'link-denied',
  'link-answer-unusable',
  'link-too-large',
] as const satisfies readonly ErrorCode[];
