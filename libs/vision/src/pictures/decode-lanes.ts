/**
 * Lets a fixed number of decodings run at once, first come, first served. A costly one may take every lane and so run
 * alone. The queue holds what callers await; they bound it by what they have in flight.
 */
export class DecodeLanes {
  private free: number;
  private readonly waiting: { readonly lanes: number; readonly start: () => void }[] = [];

  constructor(readonly count: number) {
    this.free = count;
  }

  async run<T>(task: () => Promise<T>, lanes = 1): Promise<T> {
    await this.enter(lanes);
    try {
      return await task();
    } finally {
      this.free += lanes;
      this.admit();
    }
  }

  runAlone<T>(task: () => Promise<T>): Promise<T> {
    return this.run(task, this.count);
  }

  private enter(lanes: number): Promise<void> {
    return new Promise((start) => {
      this.waiting.push({ lanes, start });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && next.lanes <= this.free; next = this.waiting[0]) {
      this.free -= next.lanes;
      this.waiting.shift();
      next.start();
    }
  }
}
