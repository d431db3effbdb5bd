export { type Erasure, eraseImage, type Remains } from './erase-image.js';
export type { EraseOptions } from './erase-options.js';
