export type { ResolveHost } from './dns-resolver.js';
export { PICTURE_FETCHER_DEFAULTS, type PictureFetcherLimits, type PictureFetcherOptions } from './fetcher-options.js';
export type { RefusalReason } from './link-rules.js';
export type { GetObject, ObjectSource } from './object-source.js';
export { createPictureFetcher, type OpenedPicture, PictureFetcher } from './picture-fetcher.js';
