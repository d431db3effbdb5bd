export { openQdrantIndex } from './qdrant-index.js';
export { DEFAULT_QDRANT_SETTINGS, type QdrantSettings } from './qdrant-settings.js';
