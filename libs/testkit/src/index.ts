export * from './requirement.js';
