import { setTimeout as pause } from 'node:timers/promises';
import type { Collection, SearchAnswer } from '../e2e/collection.js';

export interface StormFailure {
  readonly status: number;
  readonly code: unknown;
}

/** Searches one after the other, by picture and by id in turn, until it is ended; and keeps what went wrong. */
export class SearchStorm {
  readonly failures: StormFailure[] = [];
  /** Of the generations that answered, how often. */
  readonly answers = new Map<string, number>();
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(
    private readonly collection: Collection,
    private readonly picture: Uint8Array,
    private readonly imageId: string,
    private readonly everyMs = 20,
  ) {
    this.#running = this.#run();
  }

  async end(): Promise<this> {
    this.#isOver = true;
    await this.#running;
    return this;
  }

  async #run(): Promise<void> {
    for (let at = 0; !this.#isOver; at++) {
      const { status, body } = await this.collection.trySearch(at % 2 === 0 ? this.picture : this.imageId, 5);
      if (status === 200) this.#take(body);
      else this.failures.push({ status, code: body.code });
      await pause(this.everyMs);
    }
  }

  #take({ generation, encoder }: SearchAnswer): void {
    // A generation's name begins with its encoder's fingerprint.
    if (!generation.startsWith(encoder.fingerprint))
      this.failures.push({ status: 200, code: `${generation} by ${encoder.fingerprint}` });
    this.answers.set(generation, (this.answers.get(generation) ?? 0) + 1);
  }
}
