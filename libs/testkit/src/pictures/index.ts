export * from './odd-pictures.js';
export * from './seeded-random.js';
export * from './test-picture.js';
