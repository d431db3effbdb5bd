import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { testSeed } from '#testkit';
import { proveInMemory, Tally } from './proof.js';
import { schedules } from './schedule.js';

const SCHEDULES = Number(process.env.N ?? 1000);
const seed = testSeed();

beforeAll(() => Logger.overrideLogger(false));

test(`the index is the fold of the log after any schedule of reindexes and faults (SEED=${seed})`, async () => {
  const tally = new Tally();
  const startMs = performance.now();
  try {
    await fc.assert(
      fc.asyncProperty(schedules(5, 30), ([n, steps]) => proveInMemory({ tally }, n, steps)),
      {
        seed,
        numRuns: SCHEDULES,
        ...(process.env.FC_PATH && { path: process.env.FC_PATH }),
        endOnFailure: process.env.NOSHRINK === '1',
        verbose: 0,
      },
    );
  } finally {
    process.stdout.write(
      `schedules: ${tally.schedules}, faults: ${tally.struck.total}, searches ${tally.searches}, seed: ${seed} ms ${performance.now() - startMs}\n`,
    );
    process.stdout.write(JSON.stringify([...tally.struck.counts]) + JSON.stringify([...tally.decided]) + '\n');
  }
}, 600_000);
