export { type EraseOptions, type Erasure, eraseImage, type Remains } from './erase-image.js';
