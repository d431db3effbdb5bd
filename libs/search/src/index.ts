export * from './image-search.js';
export * from './search-modes.js';
export * from './search-query.js';
export * from './search-result.js';
export * from './second-look/index.js';
