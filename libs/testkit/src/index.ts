export * from './contracts/blob-store-contract.js';
export * from './memory/memory-blob-store.js';
export * from './requirement.js';
