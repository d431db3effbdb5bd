import type { ApiClient } from '../api/api-client.js';
import { COMPARED, INCLUDED } from './quality.js';
import { type Query, searchedBy } from './queries.js';
import type { Mode, ModeReport } from './report.js';
import { latencyOf } from './statistics.js';

/** Times searches of one mode that several clients make at the same time, each the next as soon as it has its answer. */
export class Load {
  readonly #timesMs: number[] = [];
  #elapsedMs = 0;

  constructor(
    private readonly search: ApiClient['search'],
    private readonly mode: Mode,
  ) {}

  /** @param attempt runs a search that may be refused, and counts it */
  async run(
    queries: readonly Query[],
    clients: number,
    attempt: (query: Query, work: () => Promise<void>) => Promise<void>,
  ) {
    const startMs = performance.now();
    const waiting = queries.values();
    const client = async () => {
      for (const query of waiting) await attempt(query, () => this.#ask(query));
    };
    try {
      await Promise.all(Array.from({ length: clients }, client));
    } finally {
      this.#elapsedMs = performance.now() - startMs;
    }
  }

  figures(): ModeReport['manyClients'] {
    const latency = latencyOf(this.#timesMs);
    return latency === null ? null : { ...latency, perSecond: (latency.n * 1000) / this.#elapsedMs };
  }

  async #ask(query: Query): Promise<void> {
    const by = await searchedBy(query);
    const startMs = performance.now();
    await this.search(by, { limit: COMPARED + 1, include: INCLUDED, mode: this.mode });
    this.#timesMs.push(performance.now() - startMs);
  }
}
