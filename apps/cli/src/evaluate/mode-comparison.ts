import type { SearchResult } from '../api/answers.js';
import type { ApiClient } from '../api/api-client.js';
import { COMPARED, INCLUDED, precision, recall } from './quality.js';
import { type Query, searchedBy } from './queries.js';
import { MODES, type Mode } from './report.js';
import { latencyOf, type Share, shareOf } from './statistics.js';

/** What one mode has shown so far; a value for each query that gave one. */
interface Shown {
  readonly timesMs: number[];
  readonly recalls: number[];
  readonly precisionsAt5: number[];
  readonly precisionsAt10: number[];
}

export interface ModeFigures {
  readonly recallAt10: Share | null;
  readonly precisionAt5: Share | null;
  readonly precisionAt10: Share | null;
  readonly oneClient: ReturnType<typeof latencyOf>;
}

type Search = ApiClient['search'];

/** Asks the same of every mode, one search at a time, and compares what they find. */
export class ModeComparison {
  readonly #shown: Readonly<Record<Mode, Shown>> = { fast: none(), balanced: none(), exact: none() };
  #asked = 0;

  constructor(
    private readonly search: Search,
    private readonly labels: ReadonlyMap<string, string>,
  ) {}

  /** Each mode comes first in turn: who comes later finds what is read already. */
  async ask(query: Query): Promise<void> {
    const by = await searchedBy(query);
    const found = new Map<Mode, readonly SearchResult[]>();
    for (let i = 0; i < MODES.length; i += 1) {
      const mode = MODES[(this.#asked + i) % MODES.length] as Mode;
      const startMs = performance.now();
      // One more: the image itself is left out.
      const { results } = await this.search(by, { limit: COMPARED + 1, include: INCLUDED, mode });
      this.#shown[mode].timesMs.push(performance.now() - startMs);
      found.set(mode, results.filter(({ imageId }) => imageId !== query.imageId).slice(0, COMPARED));
    }
    this.#asked += 1;
    this.#compare(found, this.labels.get(query.imageId));
  }

  figuresOf(mode: Mode): ModeFigures {
    const { timesMs, recalls, precisionsAt5, precisionsAt10 } = this.#shown[mode];
    return {
      recallAt10: mode === 'exact' ? null : shareOf(recalls),
      precisionAt5: shareOf(precisionsAt5),
      precisionAt10: shareOf(precisionsAt10),
      oneClient: latencyOf(timesMs),
    };
  }

  #compare(found: ReadonlyMap<Mode, readonly SearchResult[]>, label: string | undefined): void {
    const exact = found.get('exact') ?? [];
    for (const [mode, results] of found) {
      const { recalls, precisionsAt5, precisionsAt10 } = this.#shown[mode];
      addKnown(recalls, recall(exact, results));
      if (label === undefined) continue;
      addKnown(precisionsAt5, precision(results, label, this.labels, 5));
      addKnown(precisionsAt10, precision(results, label, this.labels, 10));
    }
  }
}

function none(): Shown {
  return { timesMs: [], recalls: [], precisionsAt5: [], precisionsAt10: [] };
}

function addKnown(values: number[], value: number | null): void {
  if (value !== null) values.push(value);
}
