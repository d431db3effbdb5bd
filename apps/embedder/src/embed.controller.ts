import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { MAX_PICTURE_BYTES, type Settings } from '#config';
import type { BlobStore, EventLog, ImageEncoder, LogRecord, PreparePicture } from '#core';
import { BatchController, BLOB_STORE, EVENT_LOG, IMAGE_ENCODER, PREPARE_PICTURE, SETTINGS } from '#nest';
import { type BatchHandler, createEmbedStage, type Effect, PictureEmbedder } from '#pipeline';

/** Pictures being read and decoded while one batch runs in the model and the next lies ready. */
const DECODING_AT_ONCE = 4;
/** Of pictures that are read and not decoded: one of the largest that is taken by default, or six photos of a camera. */
const MAX_ENCODED_BYTES = 32 * 1024 * 1024;

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
  ) {
    const embedder = new PictureEmbedder({
      blobs,
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
