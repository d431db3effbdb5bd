export * from './contracts/event-log-contract.js';
export * from './memory/memory-event-log.js';
export * from './requirement.js';
