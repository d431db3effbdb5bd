export * from './contracts/blob-store-contract.js';
export * from './http/file-server.js';
export * from './memory/memory-blob-store.js';
export * from './requirement.js';
export * from './shared-models.js';
export * from './small-disk.js';
