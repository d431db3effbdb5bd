export * from './odd-pictures.js';
export * from './pillow-bicubic.js';
export * from './reference-square.js';
export * from './seeded-random.js';
export * from './test-picture.js';
