import { performance } from 'node:perf_hooks';
import type { SearchStage } from '#core';

/**
 * What was done for an answer, in this order: `query` makes vectors of what is searched by, `candidates` asks the index,
 * `collapse` puts copies together, `diversify` chooses among what is left, and `match` tells which of these are the picture that was
 * asked about. What is done more than once is one step.
 */
export interface Step {
  readonly name: 'query' | 'candidates' | 'collapse' | 'diversify' | 'match';
  /** Images that came out of it. */
  readonly images?: number;
  /** Of `candidates`: the vectors that images were compared by, one after the other, and how many may have come out of each. */
  readonly stages?: readonly StepStage[];
  /** Of all the times that it was done; the rest is of the last. */
  readonly tookMs: number;
}

export interface StepStage {
  readonly vector: string;
  readonly limit: number;
  /** Every image was compared. */
  readonly exact: boolean;
}

export function stepStage({ vector, limit, exact = false }: SearchStage): StepStage {
  return { vector, limit, exact };
}

export class StepTimes {
  readonly steps: Step[] = [];

  async of<T>(
    name: Step['name'],
    work: () => Promise<T>,
    describe: (result: T) => Pick<Step, 'images' | 'stages'> = () => ({}),
  ): Promise<T> {
    const startMs = performance.now();
    const result = await work();
    const at = this.steps.findIndex((it) => it.name === name);
    const tookMs = roundedMs((this.steps[at]?.tookMs ?? 0) + performance.now() - startMs);
    this.steps.splice(at < 0 ? this.steps.length : at, 1, { name, ...describe(result), tookMs });
    return result;
  }
}

/** To a tenth. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
