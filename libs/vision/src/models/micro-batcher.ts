/** The line a call stands in: people wait for `interactive`, nobody does for `bulk`. */
export type Lane = 'interactive' | 'bulk';

export interface BatcherLimits {
  readonly batchSize: number;
  /** Pictures that may wait in each lane. */
  readonly maxWaiting: number;
}

/** One picture of a call and where its result goes. */
export interface Waiting<In, Out> {
  readonly input: In;
  readonly resolve: (output: Out) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Decides what runs next. Interactive pictures go first, so a query waits for the batch under way and no longer; one
 * place of every batch is kept for bulk, or every second batch where it has one place, so an import is slowed and never
 * stopped. Order is kept within a lane.
 */
export class MicroBatcher<In, Out> {
  readonly #lanes: Record<Lane, Waiting<In, Out>[]> = { interactive: [], bulk: [] };
  #lastWasInteractive = false;

  constructor(readonly limits: BatcherLimits) {}

  get waiting(): number {
    return this.#lanes.interactive.length + this.#lanes.bulk.length;
  }

  /** False when the lane has no room for all of them; then none was taken. */
  add(lane: Lane, pictures: readonly Waiting<In, Out>[]): boolean {
    const line = this.#lanes[lane];
    if (line.length + pictures.length > this.limits.maxWaiting) return false;
    line.push(...pictures);
    return true;
  }

  /** At most `batchSize` pictures; empty when none waits. */
  next(): Waiting<In, Out>[] {
    const { interactive, bulk } = this.#lanes;
    const keepsOne = bulk.length > 0 && (this.limits.batchSize > 1 || this.#lastWasInteractive);
    const first = interactive.splice(0, this.limits.batchSize - (keepsOne ? 1 : 0));
    this.#lastWasInteractive = first.length > 0;
    return [...first, ...bulk.splice(0, this.limits.batchSize - first.length)];
  }

  /** Empties both lanes, for a worker that is lost. */
  takeAll(): Waiting<In, Out>[] {
    return [...this.#lanes.interactive.splice(0), ...this.#lanes.bulk.splice(0)];
  }
}
