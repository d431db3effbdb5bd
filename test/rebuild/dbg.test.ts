import './quick-verification.js';
import { appendFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { proveInMemory, Tally } from './proof.js';
import { schedules } from './schedule.js';

beforeAll(() => Logger.overrideLogger(false));
test('dbg', async () => {
  const tally = new Tally();
  let i = 0;
  await fc.assert(
    fc.asyncProperty(schedules(5, 30), async ([n, steps]) => {
      const at = performance.now();
      appendFileSync('/tmp/dbg.log', `${i} begin ${n} ${JSON.stringify(steps)}\n`);
      try {
        await proveInMemory({ tally }, n, steps);
      } finally {
        appendFileSync('/tmp/dbg.log', `${i++} ${Math.round(performance.now() - at)}\n`);
      }
    }),
    {
      seed: Number(process.env.SEED),
      numRuns: Number(process.env.N),
      endOnFailure: true,
      ...(process.env.P && { path: process.env.P }),
    },
  );
}, 900_000);
