import type { ImageId, LogRecord } from '#core';
import { visitEvents } from '../audit/logged-events.js';
import { type ImagePast, isOfPast } from '../image-past.js';
import { openLetterReferences, pictureOf, type ReferenceSource, wholeEvents } from './log-references.js';

export interface ReferencedBlobsOptions extends ReferenceSource {
  /** Whose events and dead letters do not count. */
  readonly except?: ImagePast;
}

/**
 * Which of a few pictures something refers to: the last event of an image, or an open dead letter. Memory is for the images
 * that name one of them.
 */
export class ReferencedBlobs {
  readonly #last = new Map<ImageId, string>();
  #read: ReadonlyMap<number, number> = new Map();

  /** @param hashes SHA-256 of pictures, in lowercase hex. */
  constructor(
    private readonly options: ReferencedBlobsOptions,
    private readonly hashes: ReadonlySet<string>,
  ) {}

  /**
   * Up to where the log ends now. The first call reads all events, 25 s for a million, a later one what has come in since.
   *
   * Who puts a picture now, and publishes it after this has answered, is not among what is read. To delete one at once is
   * safe only if whoever asks for it may lose that race; else withdraw it, or leave it to the collection.
   * @throws `log-incomplete` when the log has lost its beginning, `log-damaged` and other faults of the log, the signal's
   * reason.
   */
  async catchUp(): Promise<ReadonlySet<string>> {
    await this.#readEvents();
    const found = new Set(this.#last.values());
    for await (const { original, sha256 } of openLetterReferences(this.options)) {
      if (this.hashes.has(sha256) && !this.#isExcepted(original)) found.add(sha256);
    }
    return found;
  }

  async #readEvents(): Promise<void> {
    const { log, signal } = this.options;
    const marks = await wholeEvents({ log });
    const partitions = marks.length;
    for (const { partition, low, high } of marks) {
      const from = this.#read.get(partition) ?? low;
      await visitEvents({ log, partition, from, to: high, partitions, signal }, (record, event) => {
        if (event === null || this.#isExcepted(record)) return undefined;
        const sha256 = pictureOf(event);
        if (sha256 !== null && this.hashes.has(sha256)) this.#last.set(event.imageId, sha256);
        else this.#last.delete(event.imageId);
        return undefined;
      });
    }
    this.#read = new Map(marks.map(({ partition, high }) => [partition, high]));
  }

  #isExcepted(logged: LogRecord): boolean {
    const { except } = this.options;
    return except !== undefined && isOfPast(except, logged);
  }
}
