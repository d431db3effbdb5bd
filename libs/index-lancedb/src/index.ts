export { type LanceIndexOptions, openLanceIndex } from './lance-index.js';
