/** Aborts its signal when `touch` has not been called for `stallMs`. */
export class StallTimer {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(stallMs: number) {
    this.timer = setTimeout(() => this.controller.abort(), stallMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  touch(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
