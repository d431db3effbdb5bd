interface Sample {
  readonly atMs: number;
  /** Sum of the group's committed offsets. */
  readonly committed: number;
}

const WINDOW_MS = 60_000;
/** However often somebody asks; so the window holds 61 samples at most. */
const MIN_STEP_MS = 1_000;

/**
 * How many records a second a group handles, from the positions it has committed. They are everybody's, so the rate is
 * that of all members together, and right from the second sample on, whichever process asks.
 */
export class CommitRate {
  #samples: Sample[] = [];

  /** `atMs` is of the monotonic clock. */
  add(atMs: number, committed: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < MIN_STEP_MS) return;
    this.#samples.push({ atMs, committed });
    // One that is older stays as the beginning of the window, unless a younger one is old enough for that.
    const begins = this.#samples.findLastIndex((it) => it.atMs <= atMs - WINDOW_MS);
    this.#samples = this.#samples.slice(Math.max(0, begins));
  }

  /** Over the last minute, or what is known of it; `null` before there are two samples. */
  get perSecond(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || first === last) return null;
    return Math.max(0, last.committed - first.committed) / ((last.atMs - first.atMs) / 1000);
  }
}
