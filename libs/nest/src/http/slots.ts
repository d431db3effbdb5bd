import { LookalikeError } from '#core';

/** So many at the same time; nobody waits, one too many is told to come again. */
export class Slots {
  #taken = 0;

  constructor(
    private readonly size: number,
    private readonly what: string,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** @throws `overloaded`. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.size) {
      throw new LookalikeError('overloaded', `There are ${this.size} ${this.what} under way.`);
    }
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
    }
  }
}
