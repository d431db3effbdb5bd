export { openFolderBlobs } from './folder-blob-store.js';
