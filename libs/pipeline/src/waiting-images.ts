import { performance } from 'node:perf_hooks';
import { type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic } from '#core';
import { embedGroup, indexGroup } from './groups.js';
import { stageProgress } from './stage-progress.js';

/** How old a count may be. */
const REFRESH_MS = 5_000;

/** What searches go to, and by which encoder. */
export interface SearchedGeneration {
  readonly generation: string;
  readonly fingerprint: string;
}

/** How many records searches do not see yet. Asking costs nothing: the log is read afterwards, at most every five seconds. */
export class WaitingImages {
  readonly #log: EventLog;
  #counted: { readonly generation: string; readonly count: number } | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /**
   * As it was some seconds ago: events and vectors that a stage has before it, which is more than there are images where compaction left
   * gaps, or where an image was changed twice. `null` while nothing is known, as when the log is away.
   */
  before(searched: SearchedGeneration): number | null {
    if (performance.now() - this.#askedAtMs > REFRESH_MS) {
      this.#askedAtMs = performance.now();
      void this.#count(searched);
    }
    return this.#counted?.generation === searched.generation ? this.#counted.count : null;
  }

  async #count({ generation, fingerprint }: SearchedGeneration): Promise<void> {
    try {
      const embed = await stageProgress(this.#log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint));
      const index = await stageProgress(this.#log, imageVectorsTopic(fingerprint), indexGroup(generation));
      this.#counted = { generation, count: embed.lag + index.lag };
    } catch {
      this.#counted = null;
    }
  }
}
