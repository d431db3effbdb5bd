export * from './batch-consumer.js';
export * from './embed-stage.js';
export * from './generation.js';
export * from './groups.js';
export * from './image-statuses.js';
export * from './index-stage.js';
export * from './picture-embedder.js';
export * from './stage-progress.js';
