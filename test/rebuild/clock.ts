import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How a schedule lets time pass. */
export interface Clock {
  pass(ms: number): Promise<void>;
  /** Somebody sets the wall clock, and with it no timer and no duration. */
  setWallClock(offsetMs: number): void;
  /** Of the clock by which timers go. */
  nowMs(): number;
  /** What a schedule may need to settle before it counts as stuck. */
  readonly limitMs: number;
}

/** Asks every half a second of that clock. @throws when it takes longer than anything should. */
export async function until(clock: Clock, what: () => string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + clock.limitMs;
  while (!(await condition())) {
    if (clock.nowMs() > endMs) throw new Error(`Not within ${clock.limitMs / 1000} s: ${what()}`);
    await clock.pass(500);
  }
}

/**
 * A clock that stands still while anything runs, and then goes on to the next timer: an hour takes as long as what happens in it.
 * `setImmediate` stays the real one, so that a turn of the event loop lets everything run that waits for no timer.
 */
export class VirtualClock implements Clock {
  readonly limitMs = 120_000;

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

/** How much shorter pauses are where time is real. */
export const HURRY = 10;
/** How often the product looks at what was decided and what is due, and what else it waits a fixed time for. */
const PAUSES_MS: ReadonlySet<number | undefined> = new Set([500, 1_000]);

/**
 * For what has sockets, files and threads of its own. The pauses that the product makes on purpose are shortened, so that a
 * reindex takes tenths of a second; limits and retries are what they are.
 */
export class HurriedClock implements Clock {
  readonly limitMs = 600_000;
  readonly #setTimeout = globalThis.setTimeout;

  constructor() {
    const hurried = (call: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      this.#setTimeout(call, PAUSES_MS.has(ms) ? (ms ?? 0) / HURRY : ms, ...args);
    globalThis.setTimeout = hurried as typeof setTimeout;
  }

  stop(): void {
    globalThis.setTimeout = this.#setTimeout;
  }

  pass(ms: number): Promise<void> {
    return sleep(ms / HURRY);
  }

  /** Of the whole machine, and so nobody's here; test/cluster/clock-jumps.test.ts does it to processes. */
  setWallClock(): void {}

  nowMs(): number {
    return performance.now() * HURRY;
  }
}
