import { performance } from 'node:perf_hooks';

/**
 * What was done for an answer, in this order: `query` makes vectors of what is searched by, `candidates` asks the index, and
 * `diversify` chooses among what it found.
 */
export interface Step {
  readonly name: 'query' | 'candidates' | 'diversify';
  /** Images that came out of it. */
  readonly images?: number;
  readonly tookMs: number;
}

export class StepTimes {
  readonly steps: Step[] = [];

  async of<T>(name: Step['name'], work: () => Promise<T>, imagesOf?: (result: T) => number): Promise<T> {
    const startMs = performance.now();
    const result = await work();
    const tookMs = roundedMs(performance.now() - startMs);
    this.steps.push({ name, ...(imagesOf && { images: imagesOf(result) }), tookMs });
    return result;
  }
}

/** To a tenth. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
