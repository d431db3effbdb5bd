export * from './calibration.js';
export * from './calibrations.js';
export type { MeasuredEdit } from './edited-pictures.js';
export { LEAST_SAMPLE, type MeasuredMatches, type MeasureOptions, measureMatches } from './measure-matches.js';
