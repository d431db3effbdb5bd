import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How a schedule lets time pass. */
export interface Clock {
  pass(ms: number): Promise<void>;
  /** Somebody sets the wall clock, and with it no timer and no duration. */
  setWallClock(offsetMs: number): void;
  /** Of the clock by which timers go. */
  nowMs(): number;
}

/** What a machine may need for a schedule to settle before it counts as stuck. */
const LIMIT_MS = 120_000;

/** Asks every half a second of that clock. @throws when it takes longer than anything should. */
export async function until(clock: Clock, what: () => string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + LIMIT_MS;
  while (!(await condition())) {
    if (clock.nowMs() > endMs) throw new Error(`Not within ${LIMIT_MS / 1000} s: ${what()}`);
    await clock.pass(500);
  }
}

/**
 * A clock that stands still while anything runs, and then goes on to the next timer: an hour takes as long as what happens in it.
 * `setImmediate` stays the real one, so that a turn of the event loop lets everything run that waits for no timer.
 */
export class VirtualClock implements Clock {
  /** Timers of an earlier schedule are forgotten. */
  constructor() {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'], now: 1.7e12 });
  }

  async pass(ms: number): Promise<void> {
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, ms);
    await nextTurn();
    while (!isOver) {
      jest.advanceTimersToNextTimer();
      await nextTurn();
    }
  }

  setWallClock(offsetMs: number): void {
    jest.setSystemTime(Date.now() + offsetMs);
  }

  nowMs(): number {
    return performance.now();
  }
}

/** For what has sockets, files and threads of its own. */
export class RealClock implements Clock {
  pass(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** Of the whole machine, and so nobody's here; test/cluster/clock-jumps.test.ts does it to processes. */
  setWallClock(): void {}

  nowMs(): number {
    return performance.now();
  }
}
