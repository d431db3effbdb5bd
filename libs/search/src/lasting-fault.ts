/** Something that is tried again and again, and fails for a while: told when that begins and when it is over, not per try. */
export class LastingFault {
  #current: unknown = null;

  /** @param tell with `null` when it is over. */
  constructor(private readonly tell: (error: unknown) => void) {}

  /** `null` while nothing is wrong. */
  get current(): unknown {
    return this.#current;
  }

  /** @throws what `work` is rejected with. */
  async watch<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      if (this.#current !== null) this.tell(null);
      this.#current = null;
      return result;
    } catch (error) {
      if (this.#current === null) this.tell(error);
      this.#current = error;
      throw error;
    }
  }
}
