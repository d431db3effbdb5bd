import type { AuditDurations } from './audit-report.js';

/** Times of steps that follow each other. */
export class Stopwatch {
  readonly #startedAt = performance.now();
  readonly #laps = new Map<string, number>();
  #lapAt = this.#startedAt;

  lap(name: Exclude<keyof AuditDurations, 'total'>): void {
    const now = performance.now();
    this.#laps.set(name, now - this.#lapAt);
    this.#lapAt = now;
  }

  durations(): AuditDurations {
    const of = (name: string) => this.#laps.get(name) ?? 0;
    return {
      wait: of('wait'),
      foldLog: of('foldLog'),
      scanIndex: of('scanIndex'),
      compare: of('compare'),
      compareVectors: of('compareVectors'),
      total: performance.now() - this.#startedAt,
    };
  }
}
