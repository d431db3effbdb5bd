export * from './odd-pictures.js';
export * from './test-picture.js';
