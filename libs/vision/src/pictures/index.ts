export * from './resize-rule.js';
