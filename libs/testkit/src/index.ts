export * from './contracts/image-encoder-contract.js';
export * from './memory/pixel-encoder.js';
export * from './requirement.js';
