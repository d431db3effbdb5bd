export * from './model-store/index.js';
export * from './pictures/index.js';
