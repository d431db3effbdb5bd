import type { StateCounts, VectorRecord } from '#core';

/**
 * How many records there are in each state. Counting reads the whole column, three times, and every small file that an
 * import leaves (60 of them: 20 ms of CPU), so writes that only insert are added up instead. What updates or meets
 * newer versions tells nothing of the states before: then the next call counts anew.
 */
export class StateCounter {
  #known: StateCounts | null = null;
  /** Beginnings and ends of writes: odd while one is under way. */
  #turns = 0;

  constructor(private readonly scan: () => Promise<StateCounts>) {}

  async count(): Promise<StateCounts> {
    if (this.#known !== null) return this.#known;
    const turns = this.#turns;
    const counts = await this.scan();
    // Beside a write the scan may or may not have seen it.
    if (turns % 2 === 0 && turns === this.#turns) this.#known = counts;
    return counts;
  }

  /** One at a time. */
  async write<T extends { readonly numInsertedRows: number }>(
    records: readonly VectorRecord[],
    write: () => Promise<T>,
  ): Promise<T> {
    this.#turns += 1;
    let counts: StateCounts | null = null;
    try {
      const result = await write();
      if (result.numInsertedRows === records.length && this.#known !== null) counts = withMore(this.#known, records);
      return result;
    } finally {
      this.#known = counts;
      this.#turns += 1;
    }
  }
}

function withMore(counts: StateCounts, records: readonly VectorRecord[]): StateCounts {
  const more = { ...counts };
  for (const { state } of records) more[state] += 1;
  return more;
}
