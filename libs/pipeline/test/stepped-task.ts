import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting {
  readonly goOn: () => void;
  readonly end: (error: Error) => void;
}

/** Something that stops at each of its steps until it is told to go on. What it does at once goes on one after the other. */
export class SteppedTask {
  readonly #waiting: Waiting[] = [];
  #isOver = false;

  /** It has begun, and stands at its first step. */
  static async begin(work: (step: () => Promise<void>) => Promise<void>): Promise<SteppedTask> {
    const task = new SteppedTask(work);
    await task.#untilItStands();
    return task;
  }

  private constructor(work: (step: () => Promise<void>) => Promise<void>) {
    const step = () => new Promise<void>((goOn, end) => this.#waiting.push({ goOn, end }));
    // What ends it with an error has stopped it at that point.
    work(step)
      .catch(() => {})
      .finally(() => {
        this.#isOver = true;
      });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Up to its next step, or its end. */
  async advance(): Promise<void> {
    this.#waiting.shift()?.goOn();
    await this.#untilItStands();
  }

  async finish(): Promise<void> {
    while (!this.#isOver) await this.advance();
  }

  async kill(): Promise<void> {
    while (!this.#isOver) {
      for (const { end } of this.#waiting.splice(0)) end(new Error('killed'));
      await this.#untilItStands();
    }
  }

  async #untilItStands(): Promise<void> {
    do await nextTurn();
    while (!this.#isOver && this.#waiting.length === 0);
  }
}
