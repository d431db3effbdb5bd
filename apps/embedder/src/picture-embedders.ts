import { Inject, Injectable } from '@nestjs/common';
import { MAX_PICTURE_BYTES, type Settings } from '#config';
import type { BlobStore, EncoderReference, Encoders, FetchLink } from '#core';
import { BLOB_STORE, ENCODERS, FETCH_LINK, SETTINGS } from '#nest';
import { type LinkPatience, PictureEmbedder, patientLinks } from '#pipeline';

/** Pictures being read and decoded while one batch runs in the model and the next lies ready. */
const DECODING_AT_ONCE = 4;
/** Of pictures that are read and not decoded: one of the largest that is taken by default, or six photos of a camera. */
const MAX_ENCODED_BYTES = 32 * 1024 * 1024;

/** One for each encoder, shared by all that embed with it, so that its limits are those of the process. */
@Injectable()
export class PictureEmbedders {
  readonly #embedders = new Map<string, PictureEmbedder>();
  readonly #fetchLink: FetchLink;

  constructor(
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(ENCODERS) private readonly encoders: Encoders,
    @Inject(FETCH_LINK) fetchLink: FetchLink,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'embed' | 'encoder' | 'links'>,
  ) {
    this.#fetchLink = patientLinks(fetchLink, patienceOf(settings));
  }

  /** @throws what keeps the encoder from running. */
  async of(reference: EncoderReference): Promise<PictureEmbedder> {
    const { encoder, preparePicture } = await this.encoders.running(reference);
    const known = this.#embedders.get(reference.fingerprint);
    // One of an encoder that was closed and opened again is of no use.
    if (known?.uses(encoder)) return known;
    const embedder = new PictureEmbedder({
      blobs: this.blobs,
      fetchLink: this.#fetchLink,
      preparePicture,
      encoder,
      cacheBytes: this.settings.embed.cacheBytes,
      maxPictureBytes: MAX_PICTURE_BYTES,
      maxEncodedBytes: MAX_ENCODED_BYTES,
      concurrency: 2 * this.settings.encoder.batch + DECODING_AT_ONCE,
    });
    this.#embedders.set(reference.fingerprint, embedder);
    return embedder;
  }
}

/** As long as a batch may wait for a server that is gone, others that name it are tried once. */
export function patienceOf({ links }: Pick<Settings, 'links'>): LinkPatience {
  const maxTimeMs = links.maxTrySeconds * 1000;
  return { maxTries: links.maxTries, maxTimeMs, hostDownMs: maxTimeMs };
}
