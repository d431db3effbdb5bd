import './native-threads.js';

export { type LanceIndexOptions, openLanceIndex } from './lance-index.js';
