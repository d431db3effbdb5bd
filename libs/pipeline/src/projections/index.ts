export * from './fit-projections.js';
export * from './projecting-index.js';
export * from './projection.js';
export * from './projection-topic.js';
