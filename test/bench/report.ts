import type { Machine } from './machine.js';

/** One measured figure. `aim` is what the project wants of it; a benchmark prints both and judges nothing. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim?: string;
  /** Every run's value, where there were several; `value` is their median then. */
  readonly runs?: readonly number[];
}

export interface BenchResult {
  readonly bench: string;
  /** What was measured on, in one line: sizes, settings, models. */
  readonly setup: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

export function figure(name: string, runs: number | readonly number[], unit: string, aim?: string): Figure {
  const base = { name, unit, ...(aim !== undefined && { aim }) };
  if (typeof runs === 'number') return { ...base, value: runs };
  return { ...base, value: quantile(runs, 0.5), ...(runs.length > 1 && { runs }) };
}

/** The nearest rank, so a value that was really measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function printMachine({ cpu, cores, memoryGb, node, date, loadBefore, command }: Machine): void {
  console.log(`${command}\n${date} · ${cpu}, ${cores} cores, ${memoryGb} GB · Node ${node}`);
  console.log(`load before the start ${loadBefore.toFixed(2)}${loadBefore > 0.5 ? ': others use this machine' : ''}`);
}

export function printResult({ bench, setup, figures, notes }: BenchResult): void {
  console.log(`\n${bench}: ${setup}`);
  for (const { name, value, unit, aim, runs } of figures) {
    const range =
      runs === undefined ? '' : `  (${text(Math.min(...runs))} to ${text(Math.max(...runs))}, ${runs.length} runs)`;
    const wanted = aim === undefined ? '' : `  aim ${aim}`;
    console.log(`  ${name.padEnd(46)} ${text(value).padStart(9)} ${unit}${range}${wanted}`);
  }
  for (const note of notes) console.log(`  ${note}`);
}

/** What goes on, on stderr, since some benchmarks take minutes. */
export function say(what: string): void {
  process.stderr.write(`… ${what}\n`);
}

function text(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toFixed(digits);
}
