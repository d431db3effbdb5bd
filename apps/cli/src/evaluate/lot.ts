import { createHash } from 'node:crypto';

/**
 * A sample of a stream of names, in memory for the sample alone: those with the smallest hashes (Broder's bottom-k sketch, 1997).
 * It is as good as drawn by lot, and the same names give the same sample, so that two encoders are asked the same.
 */
export class Lot<T> {
  /** By ascending hash. */
  readonly #drawn: { readonly hash: string; readonly item: T }[] = [];

  constructor(private readonly size: number) {}

  add(name: string, item: T): void {
    const hash = createHash('sha256').update(name).digest('hex');
    const last = this.#drawn.at(-1);
    if (last !== undefined && this.#drawn.length === this.size && hash >= last.hash) return;
    const at = this.#drawn.findIndex((it) => it.hash > hash);
    this.#drawn.splice(at === -1 ? this.#drawn.length : at, 0, { hash, item });
    this.#drawn.length = Math.min(this.#drawn.length, this.size);
  }

  items(): readonly T[] {
    return this.#drawn.map(({ item }) => item);
  }
}
