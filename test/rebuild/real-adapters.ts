import fc from 'fast-check';
import { testSeed, testSeedPath } from '#testkit';
import { HurriedClock } from './clock.js';
import { prove, Tally } from './proof.js';
import { hurried, schedules } from './schedule.js';
import type { Disks } from './world.js';

export const REAL_SCHEDULES = 50;

/** Short schedules one after the other, each on disks of its own. A failure is not made smaller: that would take minutes. */
export async function proveOnReal(what: string, open: () => Promise<Disks>): Promise<void> {
  const [seed, path, tally] = [testSeed(), testSeedPath(), new Tally()];
  const clock = new HurriedClock();
  try {
    await fc.assert(
      fc.asyncProperty(schedules(5, 9), async ([n, steps]) => {
        await prove({ clock, disks: await open(), tally }, n, hurried(steps));
      }),
      { seed, numRuns: REAL_SCHEDULES, endOnFailure: true, ...(path !== null && { path }) },
    );
  } finally {
    clock.stop();
    process.stdout.write(
      `schedules on ${what}: ${tally.schedules}, faults injected: ${tally.struck.total}, seed: ${seed}\n`,
    );
  }
}
