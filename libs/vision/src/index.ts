export * from './model-store/model-file.js';
export * from './pictures/index.js';
