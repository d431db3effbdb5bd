import type { FactoryProvider } from '@nestjs/common';
import { MAX_PICTURE_BYTES, type Settings } from '#config';
import type { BlobStore, FetchLink, ImageEncoder, PreparePicture } from '#core';
import { BLOB_STORE, FETCH_LINK, IMAGE_ENCODER, PREPARE_PICTURE, SETTINGS } from '#nest';
import { type LinkPatience, PictureEmbedder, patientLinks } from '#pipeline';

/** Pictures being read and decoded while one batch runs in the model and the next lies ready. */
const DECODING_AT_ONCE = 4;
/** Of pictures that are read and not decoded: one of the largest that is taken by default, or six photos of a camera. */
const MAX_ENCODED_BYTES = 32 * 1024 * 1024;

/** One for all that embed, so that its limits are those of the process. */
export const PICTURE_EMBEDDER: FactoryProvider<PictureEmbedder> = {
  provide: PictureEmbedder,
  inject: [BLOB_STORE, PREPARE_PICTURE, IMAGE_ENCODER, SETTINGS, FETCH_LINK],
  useFactory: (
    blobs: BlobStore,
    preparePicture: PreparePicture,
    encoder: ImageEncoder,
    settings: Settings,
    fetchLink: FetchLink,
  ) =>
    new PictureEmbedder({
      blobs,
      fetchLink: patientLinks(fetchLink, patienceOf(settings)),
      preparePicture,
      encoder,
      cacheBytes: settings.embed.cacheBytes,
      maxPictureBytes: MAX_PICTURE_BYTES,
      maxEncodedBytes: MAX_ENCODED_BYTES,
      concurrency: 2 * settings.encoder.batch + DECODING_AT_ONCE,
    }),
};

/** As long as a batch may wait for a server that is gone, others that name it are tried once. */
function patienceOf({ links }: Pick<Settings, 'links'>): LinkPatience {
  const maxTimeMs = links.maxTrySeconds * 1000;
  return { maxTries: links.maxTries, maxTimeMs, hostDownMs: maxTimeMs };
}
