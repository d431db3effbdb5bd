import type { VectorIndex } from '#core';

const LIMIT = 10;

/** Searches of the live generation begun at a steady pace, whether those before have ended or not. */
export class PacedSearches {
  /** From when each was due: a loop that is busy is felt by who waits. */
  readonly timesMs: number[] = [];
  failed = 0;
  /** Of the answers: each is of one. */
  readonly generations = new Set<string>();

  constructor(
    private readonly index: VectorIndex,
    private readonly queries: readonly Float32Array[],
    private readonly perS: number,
  ) {}

  /** While the work lasts. Resolves when all that were begun have ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const underWay: Promise<void>[] = [];
    const everyMs = 1000 / this.perS;
    const begin = () => {
      for (; startedAt + underWay.length * everyMs <= performance.now(); ) {
        underWay.push(this.#search(underWay.length, startedAt + underWay.length * everyMs));
      }
    };
    const timer = setInterval(begin, everyMs / 4);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await Promise.all(underWay);
    }
  }

  async #search(at: number, dueAt: number): Promise<void> {
    const query = this.queries[at % this.queries.length] as Float32Array;
    try {
      const { hits, generation } = await this.index.search({ stages: [{ vector: 'fc', query, limit: LIMIT }] });
      this.generations.add(generation);
      if (hits.length === LIMIT) this.timesMs.push(performance.now() - dueAt);
      else this.failed += 1;
    } catch (error) {
      console.error(error);
      this.failed += 1;
    }
  }
}
