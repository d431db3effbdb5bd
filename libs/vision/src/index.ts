export * from './model-store/model-file.js';
export * from './samples/make-samples.js';
