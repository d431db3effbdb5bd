import { Inject, Optional } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { MAX_PICTURE_BYTES, type Settings } from '#config';
import type { BlobStore, EventLog, FetchLink, ImageEncoder, LogRecord, PreparePicture } from '#core';
import { BatchController, BLOB_STORE, EVENT_LOG, FETCH_LINK, IMAGE_ENCODER, PREPARE_PICTURE, SETTINGS } from '#nest';
import {
  type BatchHandler,
  createEmbedStage,
  type Effect,
  type LinkPatience,
  PictureEmbedder,
  patientLinks,
} from '#pipeline';

/** Pictures being read and decoded while one batch runs in the model and the next lies ready. */
const DECODING_AT_ONCE = 4;
/** Of pictures that are read and not decoded: one of the largest that is taken by default, or six photos of a camera. */
const MAX_ENCODED_BYTES = 32 * 1024 * 1024;

/** As long as a batch may wait for a server that is gone, others that name it are tried once. */
function patienceOf({ links }: Pick<Settings, 'links'>): LinkPatience {
  const maxTimeMs = links.maxTrySeconds * 1000;
  return { maxTries: links.maxTries, maxTimeMs, hostDownMs: maxTimeMs };
}

/** image-events → image-vectors.<fingerprint>. */
@BatchController()
export class EmbedController {
  readonly #stage: BatchHandler;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(BLOB_STORE) blobs: BlobStore,
    @Inject(PREPARE_PICTURE) preparePicture: PreparePicture,
    @Inject(IMAGE_ENCODER) encoder: ImageEncoder,
    @Inject(SETTINGS) settings: Settings,
    @Optional() @Inject(FETCH_LINK) fetchLink: FetchLink | null = null,
  ) {
    const embedder = new PictureEmbedder({
      blobs,
      ...(fetchLink !== null && { fetchLink: patientLinks(fetchLink, patienceOf(settings)) }),
      preparePicture,
      encoder,
      cacheBytes: settings.embed.cacheBytes,
      maxPictureBytes: MAX_PICTURE_BYTES,
      maxEncodedBytes: MAX_ENCODED_BYTES,
      concurrency: 2 * settings.encoder.batch + DECODING_AT_ONCE,
    });
    this.#stage = createEmbedStage(log, embedder);
  }

  @MessagePattern('embed')
  embed(@Payload() records: readonly LogRecord[]): Promise<Effect> {
    return this.#stage(records);
  }
}
