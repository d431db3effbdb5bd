export { type AuditOptions, auditGeneration } from './audit-generation.js';
export * from './audit-report.js';
export type { AuditedBlobs } from './blob-check.js';
export type { FoldDifference, Indexed, Logged } from './difference.js';
