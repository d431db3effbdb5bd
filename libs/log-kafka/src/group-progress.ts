/** Of one partition, in offsets. */
interface Progress {
  /** Where the group stands, as far as this member knows. */
  committed: number;
  /** Behind the last record that was handed out. */
  handedOut: number;
  /** Behind what is not handed out but follows it: ends of transactions, and records of aborted ones. */
  passed: number;
}

/** How far a member has come with each partition of its assignment. */
export class GroupProgress {
  readonly #partitions = new Map<number, Progress>();

  clear(): void {
    this.#partitions.clear();
  }

  /** The records handed out lie from `from` to below `end`; from there to `passed` there is nothing to hand out. */
  handOut(partition: number, from: number, end: number, passed: number): void {
    const progress = this.#of(partition, from);
    progress.handedOut = end;
    progress.passed = passed;
  }

  /** There is nothing to hand out from `from` to below `passed`. */
  pass(partition: number, from: number, passed: number): void {
    const progress = this.#of(partition, from);
    if (progress.passed === from) progress.passed = passed;
  }

  /**
   * What to commit when everything below `next` is done: also what follows it and is never handed out, or the group
   * would seem to have work left. `null` when the group stands there already.
   */
  toCommit(partition: number, next: number): number | null {
    const progress = this.#partitions.get(partition);
    if (progress === undefined || next < progress.committed) return null;
    const offset = next === progress.handedOut ? progress.passed : next;
    return offset > progress.committed ? offset : null;
  }

  /** False for what lies behind everything handed out: it was, to an earlier owner. */
  isHandedOut(partition: number, next: number): boolean {
    return next <= (this.#partitions.get(partition)?.handedOut ?? -1);
  }

  /** Partitions where all that was handed out is committed, but not yet what follows it. */
  idle(): readonly (readonly [partition: number, next: number])[] {
    return [...this.#partitions]
      .filter(([, it]) => it.committed === it.handedOut && it.passed > it.handedOut)
      .map(([partition, it]) => [partition, it.handedOut] as const);
  }

  commit(partition: number, offset: number): void {
    const progress = this.#partitions.get(partition);
    if (progress === undefined) return;
    progress.committed = offset;
    progress.handedOut = Math.max(progress.handedOut, offset);
  }

  #of(partition: number, from: number): Progress {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    // Fetching begins where the group stands.
    const begun: Progress = { committed: from, handedOut: from, passed: from };
    this.#partitions.set(partition, begun);
    return begun;
  }
}
