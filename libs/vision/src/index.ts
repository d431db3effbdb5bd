export * from './model-store/model-file.js';
