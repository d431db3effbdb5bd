export { type AuditOptions, auditGeneration } from './audit-generation.js';
export * from './audit-report.js';
export type { AuditedBlobs } from './blob-check.js';
export type { FoldDifference, Indexed, Logged } from './difference.js';
export { type EmbedAgainOptions, type EmbeddedAgain, embedAgain } from './embed-again.js';
export type { Remedy, Unmendable } from './remedy.js';
export { GenerationRepair, type RepairOptions, type RepairReport } from './repair.js';
