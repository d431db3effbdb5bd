export * from './contracts/blob-store-contract.js';
export type { FaultPlan, FaultRule, InjectedFault } from './faulty/fault-plan.js';
export * from './faulty/faulty-log.js';
export * from './faulty/faulty-ports.js';
export * from './http/file-server.js';
export * from './memory/memory-blob-store.js';
export * from './requirement.js';
export * from './small-disk.js';
