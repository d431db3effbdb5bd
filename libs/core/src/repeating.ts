/** Calls `work` again and again, one at a time, with a pause before each. `work` must not reject. */
export class Repeating {
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
  ) {}

  /** Resolves when the call that is under way has ended. */
  get underWay(): Promise<void> {
    return this.#underWay;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#underWay = this.work().finally(() => this.start());
    }, this.pauseMs);
  }

  /** No further call; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }
}
