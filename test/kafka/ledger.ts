import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogRecord, NextOffsets } from '#core';
import { eventually } from '#testkit';

const KEYS = 40;
const TURNS = 3;

/** What was written, what was done, by whoever did it, and what the group said it had done: never more. */
export class Ledger {
  readonly done = new Set<string>();
  /** Of each key the offset that was done last, as a compacted topic would keep it. */
  readonly #lastDone = new Map<string, number>();
  readonly #lastWritten = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #stopped = new AbortController();
  #sampled = 0;
  readonly #watching: Promise<void>;

  constructor(
    readonly log: EventLog,
    readonly topic: string,
  ) {
    this.#watching = this.#watch();
    // Told by `settle`.
    this.#watching.catch(() => undefined);
  }

  do(record: LogRecord): void {
    this.done.add(`${record.partition}/${record.offset}`);
    if (record.key !== null) this.#lastDone.set(record.key, record.offset);
  }

  async append(count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, i) => ({
      key: `key-${(this.#written.size + i) % KEYS}`,
      value: Buffer.from('x'),
      headers: {},
    }));
    const positions = await eventually(() => this.log.append(this.topic, records), 60_000);
    for (const [i, { partition, offset }] of positions.entries()) {
      this.#written.add(`${partition}/${offset}`);
      this.#lastWritten.set(records[i]?.key ?? '', offset);
    }
  }

  /** Goes on writing while something else happens. */
  async appendDuring(count: number, pauseMs: number, work: () => Promise<void>): Promise<void> {
    let isLoading = true;
    const loading = (async () => {
      while (isLoading) {
        await this.append(count);
        await sleep(pauseMs);
      }
    })();
    await work();
    isLoading = false;
    await loading;
  }

  /** Waits until all that was written is done and committed. */
  async settle(): Promise<void> {
    await eventually(async () => {
      expect([...this.#written].filter((it) => !this.done.has(it))).toEqual([]);
      const high = new Map((await this.log.watermarks(this.topic)).map((it) => [it.partition, it.high]));
      expect(await this.log.committed(this.topic, this.topic)).toEqual(high);
    }, 90_000);
    this.#stopped.abort();
    await this.#watching;
    expect(this.#sampled).toBeGreaterThan(5);
  }

  expectLastOfEachKey(): void {
    // An append whose answer was lost is there too, and behind the one that was told.
    for (const [key, offset] of this.#lastWritten) expect(this.#lastDone.get(key)).toBeGreaterThanOrEqual(offset);
  }

  /** Looks at what is committed again and again: everything below must have been done, and it never goes back. */
  async #watch(): Promise<void> {
    let before: NextOffsets = new Map();
    while (!this.#stopped.signal.aborted) {
      const now = await this.log.committed(this.topic, this.topic).catch(() => before);
      // What another process has told before it committed lies in its pipe by now, and is read in the next turns.
      for (let turn = 0; turn < TURNS; turn++) await nextTurn();
      for (const [partition, next] of now) {
        expect(next).toBeGreaterThanOrEqual(before.get(partition) ?? 0);
        for (let offset = before.get(partition) ?? 0; offset < next; offset++) {
          expect(this.done).toContain(`${partition}/${offset}`);
        }
      }
      before = now;
      this.#sampled += 1;
      await sleep(50);
    }
  }
}
