export * from './model-store/index.js';
export * from './models/index.js';
export * from './pictures/index.js';
export * from './samples/make-samples.js';
