export * from './model-store/index.js';
