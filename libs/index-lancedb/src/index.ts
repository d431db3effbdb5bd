import './native-threads.js';

export { type LanceIndexOptions, openLanceIndex } from './open-lance-index.js';
