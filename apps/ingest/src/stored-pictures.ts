import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { BlobInfo, BlobStore } from '#core';
import { BLOB_STORE } from '#nest';
import { inspectStream } from './picture-head.js';
import { INSPECT_HEAD, type InspectHead } from './tokens.js';

/** What the bytes of a picture say of themselves. */
export interface PictureFacts extends BlobInfo {
  readonly mediaType: string;
}

const REMEMBERED = 10_000;

/** Facts of pictures that are in the blob store already; each is looked at once. */
@Injectable()
export class StoredPictures {
  readonly #facts = new LRUCache<string, Promise<PictureFacts>>({ max: REMEMBERED });

  constructor(
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(INSPECT_HEAD) private readonly inspectHead: InspectHead,
  ) {}

  /** @throws `blob-missing`; `picture-…` when it is no picture. */
  factsOf(sha256: string): Promise<PictureFacts> {
    const known = this.#facts.get(sha256);
    if (known !== undefined) return known;
    const facts = this.#read(sha256);
    this.#facts.set(sha256, facts);
    // What is missing now may be there later.
    facts.catch(() => this.#facts.delete(sha256));
    return facts;
  }

  async #read(sha256: string): Promise<PictureFacts> {
    const { info, stream } = await this.blobs.open(sha256);
    try {
      const { mediaType } = await inspectStream(stream, this.inspectHead);
      return { ...info, mediaType };
    } finally {
      stream.destroy();
    }
  }
}
