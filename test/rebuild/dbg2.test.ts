import './quick-verification.js';
import { appendFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { MUTATIONS } from './mutations.js';
import { proveInMemory, Tally } from './proof.js';
import { schedules } from './schedule.js';

beforeAll(() => Logger.overrideLogger(false));
test.each(MUTATIONS)(
  '$name',
  async ({ name, ...mutation }) => {
    const at = performance.now();
    let i = 0;
    let worst = 0;
    appendFileSync('/tmp/dbg2.log', `${name} begins\n`);
    const r = await fc.check(
      fc.asyncProperty(schedules(5, 30), async ([n, steps]) => {
        const t = performance.now();
        i += 1;
        try {
          await proveInMemory({ tally: new Tally(), ...mutation }, n, steps);
        } finally {
          worst = Math.max(worst, performance.now() - t);
          if (performance.now() - t > 2000) appendFileSync('/tmp/dbg2.log', `   ${i} took ${performance.now() - t}\n`);
        }
      }),
      { seed: Number(process.env.SEED), numRuns: 300, endOnFailure: true },
    );
    appendFileSync(
      '/tmp/dbg2.log',
      `${name}: ${r.failed} after ${i}, ${Math.round(performance.now() - at)} ms, worst ${Math.round(worst)}: ${String(r.errorInstance).slice(0, 200)}\n`,
    );
  },
  120_000,
);
