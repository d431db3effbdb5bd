interface Job {
  /** Does the work inside the transaction; what it returns is called once the transaction is durable. */
  readonly work: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins writes into one transaction, so that many small appends share one fsync: what is asked for in one turn of the
 * event loop is written at its end, sooner when `maxBytes` are waiting, which also bounds the queue.
 *
 * On the main thread by measurement (Node 20, SQLite 3.53, virtual disk, WAL, synchronous=FULL): one record of 500
 * bytes commits in 0.2 ms (p99 0.4), fsync included; 100 of them in 0.4 ms, 32 of 16 kB in 1 ms, 256 of 16 kB in
 * 30 ms; a commit that also checkpoints takes 5 to 20 ms. With two cores and a load of 12 one append took 4 ms
 * (p99 12), 5,000 at once 180 ms. A slower disk would change this: measure again before moving it to a worker thread.
 */
export class GroupCommit {
  private waiting: Job[] = [];
  private waitingBytes = 0;
  private timer: NodeJS.Immediate | undefined;

  constructor(
    private readonly transact: (work: () => void) => void,
    private readonly maxBytes: number,
  ) {}

  /** `work` must be synchronous and must not throw anything but a storage fault: it would fail its neighbours too. */
  run<T>(sizeBytes: number, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({
        work: () => {
          const result = work();
          return () => resolve(result);
        },
        reject,
      });
      this.waitingBytes += sizeBytes;
      if (this.waitingBytes >= this.maxBytes) this.flush();
      else this.timer ??= setImmediate(() => this.flush());
    });
  }

  flush(): void {
    clearImmediate(this.timer);
    this.timer = undefined;
    const jobs = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    if (jobs.length === 0) return;
    const done: (() => void)[] = [];
    try {
      this.transact(() => {
        for (const { work } of jobs) done.push(work());
      });
    } catch (error) {
      for (const { reject } of jobs) reject(error);
      return;
    }
    for (const resolve of done) resolve();
  }
}
