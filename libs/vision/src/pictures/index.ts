export * from './fitted-pixels.js';
export { makeGreyCopy } from './grey-copy.js';
export * from './inspect-head.js';
export { perceptualHash } from './perceptual-hash.js';
export { PICTURE_EDITS, type PictureEdit } from './picture-edits.js';
export type { AcceptedMediaType } from './picture-format.js';
export * from './picture-limits.js';
export * from './prepare-picture.js';
export * from './resize-rule.js';
