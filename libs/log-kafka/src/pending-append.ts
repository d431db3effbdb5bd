import { LookalikeError, type NewRecord, type Position } from '#core';

/** An append that its caller waits for: until it is resolved, fails, or its time is up, whichever comes first. */
export class PendingAppend {
  readonly answer: Promise<readonly Position[]>;
  readonly #positions: Position[] = [];
  readonly #deadline: NodeJS.Timeout;
  #resolve: (positions: readonly Position[]) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #isOver = false;

  constructor(
    topic: string,
    readonly records: readonly NewRecord[],
    timeoutMs: number,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#deadline = setTimeout(() => this.reject(notInTime(topic, timeoutMs)), timeoutMs);
  }

  /** Its caller has been told; nothing more of it need be sent. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** In the order of the records. */
  place(position: Position): void {
    this.#positions.push(position);
  }

  /** Nothing happens when it is over already, here and in `reject`. */
  resolve(): void {
    this.#end();
    this.#resolve(this.#positions);
  }

  reject(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#deadline);
  }
}

/** What the work gives, for as long as somebody waits for it. Rejects when all these appends are over before. */
export function untilOver<T>(appends: readonly PendingAppend[], work: Promise<T>): Promise<T> {
  const allOver = Promise.allSettled(appends.map((it) => it.answer)).then((): never => {
    throw new Error('Nobody waits for it any more.');
  });
  return Promise.race([work, allOver]);
}

function notInTime(topic: string, timeoutMs: number): LookalikeError {
  return new LookalikeError(
    'log-unavailable',
    `Kafka has not confirmed the records within ${timeoutMs} ms; they may or may not be there.`,
    { facts: { topic, timeoutMs } },
  );
}
