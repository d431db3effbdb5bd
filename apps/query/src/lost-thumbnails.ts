import { Inject, Injectable } from '@nestjs/common';
import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import { MAX_PICTURE_BYTES } from '#config';
import { type BlobStore, type Encoders, LookalikeError, type VectorIndex } from '#core';
import { BLOB_STORE, ENCODERS, VECTOR_INDEX } from '#nest';

export const MAX_THUMBNAIL_BYTES = 1024 * 1024;
/** Originals in memory at once. Imports and searches decode in the same lanes and come first. */
const MAX_AT_ONCE = 2;
/** A page of results asks for 100. */
const MAX_WAITING = 256;

/** Thumbnails are derived: one that was lost is made from the picture, as the embed stage makes it. */
@Injectable()
export class LostThumbnails {
  readonly #places = bulkhead(MAX_AT_ONCE, MAX_WAITING);
  readonly #underWay = new Map<string, Promise<Uint8Array>>();

  constructor(
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(ENCODERS) private readonly encoders: Encoders,
  ) {}

  /** `sha256` is the picture's. Whoever asks meanwhile shares the work. @throws `blob-…`, `picture-…`, `too-many-requests`, `no-live-generation`. */
  makeAgain(sha256: string): Promise<Uint8Array> {
    const known = this.#underWay.get(sha256);
    if (known !== undefined) return known;
    const made = this.#inTurn(sha256).finally(() => this.#underWay.delete(sha256));
    this.#underWay.set(sha256, made);
    return made;
  }

  async #inTurn(sha256: string): Promise<Uint8Array> {
    try {
      return await this.#places.execute(() => this.#make(sha256));
    } catch (error) {
      if (!isBulkheadRejectedError(error)) throw error;
      const detail = 'Too many thumbnails are being made again. Try again in a moment.';
      throw new LookalikeError('too-many-requests', detail, { cause: error });
    }
  }

  async #make(sha256: string): Promise<Uint8Array> {
    const live = await this.index.live();
    if (live === null) throw new LookalikeError('no-live-generation', 'The index has no live generation yet.');
    const { preparePicture } = await this.encoders.running(live.schema.encoder);
    const picture = await this.blobs.read(sha256, { maxBytes: MAX_PICTURE_BYTES });
    const thumbnail = await (await preparePicture(picture)).makeThumbnail();
    await this.blobs.put(thumbnail, { maxBytes: MAX_THUMBNAIL_BYTES, isDerived: true });
    return thumbnail;
  }
}
