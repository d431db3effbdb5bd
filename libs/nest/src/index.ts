export * from './transport/batch-controller.js';
export * from './transport/event-log-server.js';
