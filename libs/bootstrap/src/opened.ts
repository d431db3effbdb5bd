export interface Closable {
  close(): Promise<void>;
}

/** What an application has opened. Closed in the opposite order, each of them whatever becomes of the others. */
export class Opened {
  readonly #open: Closable[] = [];

  keep<T extends Closable>(it: T): T {
    this.#open.push(it);
    return it;
  }

  /** @throws the first failure, after everything was tried. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const it of this.#open.splice(0).reverse()) await it.close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
