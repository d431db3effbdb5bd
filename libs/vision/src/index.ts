export * from './model-store/model-file.js';
export * from './pictures/index.js';
export * from './model-store/index.js';
