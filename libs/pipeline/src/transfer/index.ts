export { type ExportedEncoder, type ExportHeader, exportInvalid } from './export-lines.js';
export { exportLog } from './export-log.js';
export { type ExportOptions, planExport } from './export-plan.js';
export { ExportReader } from './export-reader.js';
export { type ImportOptions, type ImportResult, importLog } from './import-log.js';
export { requireImportFinished } from './import-marker.js';
export { PositionTable } from './position-table.js';
export type { ImportCounts } from './record-import.js';
