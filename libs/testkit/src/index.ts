export * from './pictures/index.js';
export * from './requirement.js';
