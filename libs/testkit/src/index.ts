export * from './contracts/vector-index-contract.js';
export * from './memory/memory-vector-index.js';
export * from './requirement.js';
