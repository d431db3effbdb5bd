import './quick-verification.js';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { GENERATION_EVENT_KINDS, VECTORS_EVENT_KINDS } from '#core';
import { testSeed, testSeedPath } from '#testkit';
import { MUTATIONS } from './mutations.js';
import { proveInMemory, Tally } from './proof.js';
import { leavingAndComingBack, schedules } from './schedule.js';

const SCHEDULES = 1_000;
/** Of those that a mutation may survive. */
const MAX_SCHEDULES = 300;
/** For all schedules; of a failure, until it is made small. */
const LIMIT_MS = 300_000;

const ANY = schedules(5, 30);
/** Few would come to the end of the last ones by chance. */
const ALL = fc.oneof({ weight: 9, arbitrary: ANY }, { weight: 1, arbitrary: leavingAndComingBack(ANY) });

const seed = testSeed();
const path = testSeedPath();
const tally = new Tally();
const caught = new Set<string>();

beforeAll(() => Logger.overrideLogger(false));

/** Replayed by the seed in its name, and the failure alone by its path: `SEED=7 SEED_PATH=514:0:3 npx jest …`. */
test(`the index is the fold of the log after any schedule of reindexes and faults (SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(ALL, ([n, steps]) => proveInMemory({ tally }, n, steps)),
    { seed, numRuns: SCHEDULES, interruptAfterTimeLimit: LIMIT_MS, ...(path !== null && { path, endOnFailure: true }) },
  );
  if (path !== null) return;
  expect(tally.schedules).toBe(SCHEDULES);
  // A decision, or a fault, that no schedule met any more would not be noticed otherwise.
  // Projections are fitted in a thread, which no hurried clock drives: `lean.test.ts` has them.
  const kinds = GENERATION_EVENT_KINDS.filter((it) => it !== 'fitted');
  expect([...tally.decided.keys()].sort()).toEqual([...kinds, ...VECTORS_EVENT_KINDS].sort());
  const struck = (name: string) => tally.struck.counts.get(name) ?? 0;
  for (const method of ['append', 'commit', 'apply']) {
    for (const fault of ['fail', 'lost-acknowledgement']) {
      expect([method, fault, struck(`${method} ${fault}`)]).not.toContain(0);
    }
  }
  // Called a few times a schedule: each may be spared by chance.
  const ofGenerations = ['makeLive', 'createGeneration', 'dropGeneration'].flatMap((method) =>
    ['fail', 'lost-acknowledgement'].map((fault) => struck(`${method} ${fault}`)),
  );
  expect(Math.max(...ofGenerations)).toBeGreaterThan(0);
  for (const fault of ['crash', 'stall', 'index lost', 'clock jump', 'next redeliver', 'append half', 'apply half']) {
    expect(struck(fault)).toBeGreaterThan(0);
  }
}, 600_000);

describe('schedules find it when', () => {
  test.each(MUTATIONS)(
    '$name',
    async ({ name, schedules: among = (all) => all, ...mutation }) => {
      const { failed } = await fc.check(
        fc.asyncProperty(among(ANY), ([n, steps]) => proveInMemory({ tally: new Tally(), ...mutation }, n, steps)),
        { seed, numRuns: MAX_SCHEDULES, endOnFailure: true },
      );
      expect(failed).toBe(true);
      caught.add(name);
    },
    120_000,
  );
});

afterAll(() => {
  const { schedules: run, struck } = tally;
  process.stdout.write(
    `schedules: ${run}, faults injected: ${struck.total}, ` +
      `mutations caught: ${caught.size} of ${MUTATIONS.length}, seed: ${seed}\n`,
  );
});
