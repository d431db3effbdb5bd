export * from './catch-up.js';
export * from './generations.js';
export * from './generations-state.js';
export * from './live-generation.js';
export * from './phase.js';
export * from './reindex-driver.js';
export * from './reindexes.js';
export * from './verification.js';
