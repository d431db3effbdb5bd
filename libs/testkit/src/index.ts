export * from './contracts/vector-index-contract.js';
export * from './contracts/vector-records.js';
export * from './memory/memory-vector-index.js';
export * from './requirement.js';
