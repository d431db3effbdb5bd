import { LookalikeError } from '#core';

/** Whether the log is closed, and what it was doing then. */
export class Closing {
  readonly #underWay = new Set<(error: unknown) => void>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws `log-closed`. */
  check(): void {
    if (this.#isClosed) throw closed();
  }

  /** The work's result. @throws `log-closed` when the log is closed, or as soon as it is. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.check();
      this.#underWay.add(reject);
      work()
        .then(resolve, reject)
        .finally(() => this.#underWay.delete(reject));
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const reject of this.#underWay) reject(closed());
    this.#underWay.clear();
  }
}

function closed(): LookalikeError {
  return new LookalikeError('log-closed', 'The log is closed.');
}
