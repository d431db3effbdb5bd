import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type LinkExpectation, LookalikeError } from '#core';
import { asLinkError, tooLarge, wrongSize } from './link-errors.js';
import type { PictureAnswer } from './read-answer.js';

/**
 * The body of an answer, held against what was expected while it passes. It ends only after bytes of the expected size
 * and hash; else it fails before its end. At most `maxBytes` come out of it, and no more than `sizeBytes`.
 */
export class PictureStream extends Readable {
  readonly #hash = createHash('sha256');
  #arrivedBytes = 0;
  #isWhole = false;

  constructor(
    private readonly body: Readable,
    private readonly answer: PictureAnswer,
    private readonly expected: LinkExpectation,
  ) {
    super();
    body.on('data', (chunk: Buffer) => this.#take(chunk));
    body.on('end', () => this.#finish());
    body.on('error', (error) => this.destroy(asLinkError(error)));
    body.on('close', () => {
      if (!this.#isWhole) this.destroy(asLinkError(undefined));
    });
    // A failure before anybody reads is told to whoever reads then, and must not end the process.
    this.on('error', () => {});
  }

  /** True when all of the body has come, and it is what was expected. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  override _read(): void {
    this.body.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.body.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    const { maxBytes, sizeBytes } = this.expected;
    this.#arrivedBytes += chunk.length;
    if (this.#arrivedBytes > maxBytes) {
      this.destroy(tooLarge(maxBytes));
    } else if (sizeBytes !== undefined && this.#arrivedBytes > sizeBytes) {
      this.destroy(wrongSize(sizeBytes));
    } else {
      this.#hash.update(chunk);
      if (!this.push(chunk)) this.body.pause();
    }
  }

  #finish(): void {
    if (this.destroyed) return;
    const failure = this.#findFailure();
    if (failure !== null) {
      this.destroy(failure);
      return;
    }
    this.#isWhole = true;
    this.push(null);
  }

  #findFailure(): LookalikeError | null {
    const { sizeBytes, sha256 } = this.expected;
    if (sizeBytes !== undefined && this.#arrivedBytes < sizeBytes) {
      return this.answer.hasEnd
        ? wrongSize(sizeBytes, this.#arrivedBytes)
        : new LookalikeError('link-unavailable', 'The connection ended before the picture did.');
    }
    const found = this.#hash.digest('hex');
    return sha256 === undefined || sha256 === found
      ? null
      : new LookalikeError('link-hash-mismatch', 'The bytes are not those that were declared.', {
          facts: { expected: sha256, found },
        });
  }
}
