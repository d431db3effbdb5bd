export * from './image-search.js';
export * from './search-stages.js';
