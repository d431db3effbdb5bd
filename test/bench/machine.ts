import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly date: string;
  /** Processes that wanted a core in the last minute, before the benchmark began: above 0.5 others were at work. */
  readonly loadBefore: number;
  readonly command: string;
}

export function describeMachine(names: readonly string[]): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString(),
    loadBefore: loadavg()[0] ?? 0,
    command: `npm run bench -- ${names.join(' ')}`.trim(),
  };
}

export interface ProcessUse {
  /** User and system time of all threads, in seconds. */
  readonly cpuS: number;
  readonly rssMb: number;
  /** Most resident memory so far; mapped files count too. */
  readonly peakRssMb: number;
}

/** Jiffies of `/proc/PID/stat`; 100 a second on every Linux that Node supports. */
const JIFFIES_PER_S = 100;

/** From `/proc`, so on Linux only; elsewhere NaN. */
export function processUse(pid: number): ProcessUse {
  try {
    // The command's name may hold spaces and brackets: fields are counted from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return {
      cpuS: (Number(fields[11]) + Number(fields[12])) / JIFFIES_PER_S,
      rssMb: megabytes('VmRSS'),
      peakRssMb: megabytes('VmHWM'),
    };
  } catch {
    return { cpuS: Number.NaN, rssMb: Number.NaN, peakRssMb: Number.NaN };
  }
}
