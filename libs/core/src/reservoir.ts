/** So many of a stream, each with the same chance: algorithm R (Vitter 1985). */
export class Reservoir<T> {
  readonly #kept: T[] = [];
  #seen = 0;

  constructor(private readonly size: number) {}

  get kept(): readonly T[] {
    return this.#kept;
  }

  offer(item: T): void {
    this.#seen += 1;
    if (this.#kept.length < this.size) {
      this.#kept.push(item);
      return;
    }
    const at = Math.floor(Math.random() * this.#seen);
    if (at < this.size) this.#kept[at] = item;
  }
}
