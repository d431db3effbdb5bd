import type { Readable } from 'node:stream';
import type { PictureFetcherLimits } from './fetcher-options.js';
import { tooSlow } from './link-errors.js';

type Limits = Pick<
  PictureFetcherLimits,
  'firstByteTimeoutMs' | 'stallTimeoutMs' | 'minBytesPerSecond' | 'totalTimeoutMs'
>;

/** One fetch from beginning to end: whatever ends it early (its caller, its limits, closing) aborts its `signal`. */
export class FetchRun {
  /** Resolves at its end. */
  readonly ended: Promise<void>;
  readonly #controller = new AbortController();
  readonly #onCallerAbort = () => this.abort(this.callerSignal?.reason);
  readonly #setEnded: () => void;
  #total: NodeJS.Timeout | undefined;
  #firstByte: NodeJS.Timeout | undefined;
  #pace: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: Limits,
    private readonly callerSignal: AbortSignal | undefined,
  ) {
    let setEnded = () => {};
    this.ended = new Promise((resolve) => {
      setEnded = resolve;
    });
    this.#setEnded = setEnded;
    if (callerSignal?.aborted) this.#onCallerAbort();
    else callerSignal?.addEventListener('abort', this.#onCallerAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** From here on the total time runs, and that of this answer. */
  expectAnswer(): void {
    const { totalTimeoutMs, firstByteTimeoutMs } = this.limits;
    this.#total ??= setTimeout(() => {
      this.abort(tooSlow(`The picture did not arrive within ${totalTimeoutMs} ms.`, totalTimeoutMs));
    }, totalTimeoutMs);
    this.#firstByte = setTimeout(() => {
      this.abort(tooSlow(`The server did not answer within ${firstByteTimeoutMs} ms.`, firstByteTimeoutMs));
    }, firstByteTimeoutMs);
  }

  /** The answer's headers have come, and what of its body is of no interest. */
  answered(): void {
    clearTimeout(this.#firstByte);
  }

  /** From here on the body must keep coming. Time in which its reader holds it up does not count. */
  watchPace(body: Readable): void {
    const { stallTimeoutMs, minBytesPerSecond } = this.limits;
    const leastBytes = Math.max(1, (minBytesPerSecond * stallTimeoutMs) / 1000);
    let arrivedBytes = 0;
    let wasHeldUp = false;
    body.on('data', (chunk: Buffer) => {
      arrivedBytes += chunk.length;
    });
    body.on('pause', () => {
      wasHeldUp = true;
    });
    // What has arrived and is not read yet is no matter of the server's.
    body.once('end', () => clearInterval(this.#pace));
    this.#pace = setInterval(() => {
      if (arrivedBytes < leastBytes && !wasHeldUp) {
        const kilobytes = `${Math.ceil(leastBytes / 1024)} kB`;
        this.abort(
          tooSlow(`The picture has stopped coming: less than ${kilobytes} in ${stallTimeoutMs} ms.`, stallTimeoutMs),
        );
      }
      arrivedBytes = 0;
      wasHeldUp = body.isPaused();
    }, stallTimeoutMs);
  }

  end(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#firstByte);
    clearInterval(this.#pace);
    this.callerSignal?.removeEventListener('abort', this.#onCallerAbort);
    this.#setEnded();
  }
}
