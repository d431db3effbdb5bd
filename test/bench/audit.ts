import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from '#pipeline';
import { processUse } from './machine.js';
import { type BenchResult, figure, say } from './report.js';

const IMAGES = 1_000_000;
/** Found, looked at again, and reported. */
const MISSING = 20_000;
const RUNS = 3;

interface Run {
  readonly report: AuditReport;
  readonly generateMs: number;
  readonly cpuS: number;
  readonly events: number;
}

/** An audit of an index against its log, both made up while they are read, without vectors and blobs. */
export async function run(): Promise<BenchResult> {
  const tempFolder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const child = fork(join(__dirname, 'audit-child.js'), [IMAGES, MISSING, tempFolder].map(String), { execArgv: [] });
  try {
    await once(child, 'message');
    const runs: Run[] = [];
    for (let at = 0; at < RUNS; at++) {
      say(`auditing, ${at + 1} of ${RUNS}`);
      runs.push(await audit(child));
    }
    const seconds = (of: (run: Run) => number) => runs.map((it) => of(it) / 1000);
    const cpuS = runs.map((it) => it.cpuS);
    const { peakRssMb } = processUse(child.pid ?? 0);
    return {
      bench: 'audit',
      setup: `${IMAGES} images, ${runs[0]?.events} events, ${MISSING} records missing; no vectors, no blobs`,
      figures: [
        figure(
          'whole audit',
          seconds(({ report }) => report.durationsMs.total),
          's',
          '≤ 60 s',
        ),
        figure(
          'of that: folding the log',
          seconds(({ report }) => report.durationsMs.foldLog),
          's',
        ),
        figure(
          'of that: scanning the index',
          seconds(({ report }) => report.durationsMs.scanIndex),
          's',
        ),
        figure(
          'of that: joining and comparing',
          seconds(({ report }) => report.durationsMs.compare),
          's',
        ),
        figure(
          'making up log and index, alone',
          seconds((it) => it.generateMs),
          's',
        ),
        figure('CPU time of an audit, all threads', cpuS, 's'),
        figure('peak RSS', peakRssMb, 'MB', '≤ 500 MB'),
      ],
      notes: ['Making up events and records is part of folding and scanning; it stands for reading them.'],
    };
  } finally {
    child.kill();
    await rm(tempFolder, { recursive: true, force: true });
  }
}

async function audit(child: ChildProcess): Promise<Run> {
  child.send('audit');
  const [message] = await once(child, 'message');
  const run = message as Run;
  const found = run.report.comparison?.findings.missing.count;
  if (found !== MISSING || run.report.comparison?.failed.count === 0) throw new Error(`The audit found ${found}.`);
  return run;
}
