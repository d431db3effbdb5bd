import type { BatchHandler, KnownGeneration } from '#pipeline';

/** The handler of each generation's stage, made for the first batch and kept as long as the stage is served. */
export class StagePerGeneration {
  readonly #stages = new WeakMap<KnownGeneration, Promise<BatchHandler>>();

  constructor(private readonly make: (generation: KnownGeneration) => Promise<BatchHandler>) {}

  /** Batches that come while it is made share it, and what it remembers. What could not be made is tried again. */
  of(generation: KnownGeneration): Promise<BatchHandler> {
    const known = this.#stages.get(generation);
    if (known !== undefined) return known;
    const made = this.make(generation);
    this.#stages.set(generation, made);
    made.catch(() => this.#stages.delete(generation));
    return made;
  }
}
