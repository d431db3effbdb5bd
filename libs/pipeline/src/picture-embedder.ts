import { availableParallelism } from 'node:os';
import { bulkhead } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import {
  type BlobStore,
  type FetchLink,
  giveBack,
  type ImageEncoder,
  type ImageState,
  type PictureSource,
  type PreparedPicture,
  type PreparePicture,
  pictureSource,
  type ReadyRecord,
  unitVectors,
  WeightedSemaphore,
} from '#core';

/** Everything derived from a picture's bytes by one encoder; depends on nothing else. */
export type Embedding = Pick<
  ReadyRecord,
  'vectors' | 'perceptualHash' | 'width' | 'height' | 'thumbnail' | 'greyCopy' | 'labels'
>;

export interface PictureEmbedderOptions {
  readonly blobs: BlobStore;
  /** For pictures that events refer to by link. */
  readonly fetchLink: FetchLink;
  readonly preparePicture: PreparePicture;
  readonly encoder: ImageEncoder;
  /** Memory for embeddings of bytes seen lately. */
  readonly cacheBytes: number;
  readonly maxPictureBytes: number;
  /**
   * Bytes of pictures that are read or fetched and not yet decoded; a picture of more than that is read when no other is.
   */
  readonly maxEncodedBytes: number;
  /**
   * Pictures in memory at once. The default holds one batch of 8 in the model and one that is decoded meanwhile: with
   * half of it the model got 5 and 7 in turn.
   */
  readonly concurrency?: number;
}

const THUMBNAIL_MAX_BYTES = 1024 * 1024;
/**
 * A thumbnail that no vector record refers to is collected after an hour or more. What is cached has been put when it was
 * computed, and a record that refers to it then is appended well within that.
 */
const CACHE_MAX_AGE_MS = 30 * 60_000;
/** Keys, objects and hashes of a cached embedding beside its vectors; a generous estimate. */
const CACHE_ENTRY_OVERHEAD_BYTES = 512;

/** Fetches, decodes and encodes pictures. What is at the same place is embedded once while it is cached. */
export class PictureEmbedder {
  readonly #options: PictureEmbedderOptions;
  readonly #slots;
  readonly #encodedBytes: WeightedSemaphore;
  readonly #cache: LRUCache<string, Embedding>;
  readonly #underWay = new Map<string, Promise<Embedding>>();

  constructor(options: PictureEmbedderOptions) {
    this.#options = options;
    this.#slots = bulkhead(options.concurrency ?? 16 + 2 * availableParallelism(), Number.POSITIVE_INFINITY);
    this.#encodedBytes = new WeightedSemaphore(options.maxEncodedBytes);
    this.#cache = new LRUCache({
      maxSize: Math.max(1, options.cacheBytes),
      sizeCalculation: sizeBytes,
      ttl: CACHE_MAX_AGE_MS,
    });
  }

  get encoder(): ImageEncoder['info'] {
    return this.#options.encoder.info;
  }

  uses(encoder: ImageEncoder): boolean {
    return this.#options.encoder === encoder;
  }

  /** @throws LookalikeError an outcome (`canRetry` false) when this image can never be embedded, else a fault. */
  async embed(image: ImageState): Promise<Embedding> {
    // What is wrong with this reference is this image's matter only; the bytes are shared by all that name them.
    const { blobs, fetchLink, maxPictureBytes: maxBytes } = this.#options;
    const source = pictureSource(image, { blobs, fetchLink, maxBytes });
    const known = this.#cache.get(source.place) ?? this.#underWay.get(source.place);
    if (known !== undefined) return known;
    const embedding = this.#slots
      .execute(() => this.#compute(source))
      .finally(() => this.#underWay.delete(source.place));
    this.#underWay.set(source.place, embedding);
    return embedding;
  }

  async #compute(source: PictureSource): Promise<Embedding> {
    const { blobs, encoder } = this.#options;
    const picture = await this.#prepare(source);
    const [thumbnail, [output]] = await Promise.all([
      picture.makeThumbnail().then((it) => blobs.put(it, { maxBytes: THUMBNAIL_MAX_BYTES, isDerived: true })),
      encoder.encode([picture]),
    ]);
    const { perceptualHash, width, height, greyCopy } = picture;
    const embedding = {
      vectors: unitVectors(output?.vectors ?? {}),
      perceptualHash,
      width,
      height,
      thumbnail: thumbnail.sha256,
      greyCopy,
      ...(output?.labels && { labels: output.labels }),
    };
    this.#cache.set(source.place, embedding);
    return embedding;
  }

  /** Waits until the picture's bytes fit beside those of others; they are let go before the model is waited for. */
  async #prepare({ weigh, read }: PictureSource): Promise<PreparedPicture> {
    return this.#encodedBytes.run(await weigh(), async () => {
      const bytes = await read();
      try {
        return await this.#options.preparePicture(bytes);
      } finally {
        giveBack(bytes);
      }
    });
  }
}

function sizeBytes({ vectors, greyCopy }: Embedding): number {
  const others = CACHE_ENTRY_OVERHEAD_BYTES + (greyCopy?.pixels.length ?? 0);
  return Object.values(vectors).reduce((sum, vector) => sum + vector.byteLength, others);
}
