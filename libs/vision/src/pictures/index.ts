export * from './inspect-head.js';
export { hammingDistance, PLAIN_HASH, perceptualHash } from './perceptual-hash.js';
export { ACCEPTED_MEDIA_TYPES, type AcceptedMediaType } from './picture-format.js';
export * from './picture-limits.js';
export * from './prepare-picture.js';
export * from './resize-rule.js';
export { THUMBNAIL_SIDE } from './thumbnail.js';
