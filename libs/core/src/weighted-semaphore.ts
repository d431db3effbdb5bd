interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/**
 * Lets work run while the weights of all that runs fit into the capacity, in the order it came: nothing overtakes heavy
 * work. What weighs more than the capacity counts as all of it, so it runs alone. The queue holds what callers await;
 * they bound it by what they have in flight.
 */
export class WeightedSemaphore {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(readonly capacity: number) {
    this.#free = capacity;
  }

  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const taken = Math.min(weight, this.capacity);
    await this.#enter(taken);
    try {
      return await work();
    } finally {
      this.#free += taken;
      this.#admit();
    }
  }

  #enter(weight: number): Promise<void> {
    return new Promise((start) => {
      this.#waiting.push({ weight, start });
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.weight <= this.#free; next = this.#waiting[0]) {
      this.#free -= next.weight;
      this.#waiting.shift();
      next.start();
    }
  }
}
