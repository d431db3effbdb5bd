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

  /** @throws `too-many-requests`. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.size) {
      const detail = `As many ${this.what} are under way as may be. Try again in a moment.`;
      throw new LookalikeError('too-many-requests', detail, { facts: { limit: this.size } });
    }
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
    }
  }
}
