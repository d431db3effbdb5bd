import { ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel';
import {
  giveBack,
  isLookalikeError,
  type NamedVectors,
  type PictureSource,
  type PictureStores,
  type PreparedPicture,
  pictureSource,
  type RunningEncoder,
  reasonOf,
  unitVectors,
  WeightedSemaphore,
} from '#core';
import type { Original } from './sample.js';

/** What people do to a picture. */
export interface MeasuredEdit {
  readonly name: string;
  /** Easy edits leave the picture's frame as it is, or nearly. */
  readonly kind: 'easy' | 'hard';
  /** @returns the edited picture, coded. */
  readonly apply: (picture: Buffer) => Promise<Uint8Array>;
}

export interface EditedPicture {
  /** Their places. */
  readonly original: number;
  readonly edit: number;
  /** Of unit length. */
  readonly vectors: NamedVectors;
  readonly perceptualHash: string;
  readonly greyCopy: PreparedPicture['greyCopy'];
}

export interface EditedPicturesOptions extends PictureStores {
  readonly running: RunningEncoder;
  readonly edits: readonly MeasuredEdit[];
  readonly signal: AbortSignal;
  /** Told of each edited picture that is done, and of all those at once that are not made. */
  readonly onDone?: ((pictures: number) => void) | undefined;
  /** After a fault. Default: 40, with pauses of at most 2 s, over a minute. */
  readonly retries?: number;
}

/** Pictures under way: one is edited or decoded while another is in the model. */
const LANES = 4;
/** Of originals as they are stored: a dozen photos of a camera. A larger one is read when no other is. */
const ORIGINAL_BYTES = 64 * 1024 * 1024;
/** For what is edited at the same time: a photo of 24 megapixels takes two thirds of it, decoded and edited. */
const EDITING_BYTES = 256 * 1024 * 1024;
/** Two pictures of three bytes a pixel, and what is between them. */
const BYTES_A_PIXEL = 7;
/** Of an edit that fails with an error that is not ours. */
const UNEDITABLE = 'picture-damaged';

const RETRIES = 40;
const BACKOFF = new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 });

/**
 * Makes all edits of pictures and embeds them behind everything that is asked of the encoder by searches. What can never be read,
 * edited or embedded is counted by the code of the reason and left out; faults are waited out.
 */
export class EditedPictures {
  readonly unusable = { pictures: new Map<string, number>(), edits: new Map<string, number>() };
  readonly #options: EditedPicturesOptions;
  readonly #retry: RetryPolicy;
  // Each of its own: who waits to edit keeps the original meanwhile.
  readonly #originals = new WeightedSemaphore(ORIGINAL_BYTES);
  readonly #editing = new WeightedSemaphore(EDITING_BYTES);

  constructor(options: EditedPicturesOptions) {
    this.#options = options;
    this.#retry = retry(handleWhen(mayPass), { maxAttempts: options.retries ?? RETRIES, backoff: BACKOFF });
  }

  /** @throws what `work` throws, faults that do not pass, and what the signal is aborted with: then no other picture is begun. */
  async each(originals: readonly Original[], work: (edited: EditedPicture) => Promise<void>): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, failed.signal]);
    const waiting = originals.entries();
    const lane = async () => {
      for (const [at, original] of waiting) await this.#editsOf(at, original, work, signal);
    };
    const guarded = () =>
      lane().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
    await Promise.allSettled(Array.from({ length: LANES }, guarded));
    signal.throwIfAborted();
  }

  async #editsOf(
    at: number,
    original: Original,
    work: (edited: EditedPicture) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { pictures } = this.unusable;
    const weighed = await this.#unless(pictures, signal, async () => {
      const source = pictureSource(original.image, this.#options);
      return { source, bytes: await source.weigh() };
    });
    if (weighed === null) return this.#options.onDone?.(this.#options.edits.length);
    await this.#originals.run(weighed.bytes, () => this.#editsOfSource(weighed.source, at, original, work, signal));
  }

  async #editsOfSource(
    source: PictureSource,
    original: number,
    { pixels }: Original,
    work: (edited: EditedPicture) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { edits, onDone } = this.#options;
    const bytes = await this.#unless(this.unusable.pictures, signal, () => source.read(signal));
    if (bytes === null) return onDone?.(edits.length);
    const picture = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      for (const [edit, { apply }] of edits.entries()) {
        const make = () => this.#editing.run(BYTES_A_PIXEL * pixels, () => edited(apply, picture));
        const made = await this.#unless(this.unusable.edits, signal, async () => this.#embedded(await make()));
        if (made !== null) await work({ original, edit, ...made });
        onDone?.(1);
      }
    } finally {
      giveBack(bytes);
    }
  }

  async #embedded(bytes: Uint8Array): Promise<Omit<EditedPicture, 'original' | 'edit'>> {
    const { running } = this.#options;
    const prepared = await running.preparePicture(bytes);
    const { perceptualHash, greyCopy } = prepared;
    const [output] = await running.encoder.encode([prepared]);
    return { vectors: unitVectors(output?.vectors ?? {}), perceptualHash, greyCopy };
  }

  /** `null` of what has an outcome, which is counted. */
  async #unless<T>(counts: Map<string, number>, signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#retry.execute(() => {
        signal.throwIfAborted();
        return work();
      }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const code = outcomeOf(error);
      counts.set(code, (counts.get(code) ?? 0) + 1);
      return null;
    }
  }
}

function mayPass(error: Error): boolean {
  return isLookalikeError(error) && error.canRetry;
}

/** @throws a fault. */
function outcomeOf(error: unknown): string {
  if (error instanceof EditFailed) return UNEDITABLE;
  return reasonOf(error).code;
}

class EditFailed extends Error {}

async function edited(apply: MeasuredEdit['apply'], picture: Buffer): Promise<Uint8Array> {
  try {
    return await apply(picture);
  } catch (cause) {
    throw new EditFailed('The picture could not be edited.', { cause });
  }
}
