import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, ImageEncoder, LogRecord } from '#core';
import { BatchController, EVENT_LOG, IMAGE_ENCODER, Metrics, stageObserver } from '#nest';
import { type BatchHandler, createEmbedStage, type Effect, PictureEmbedder } from '#pipeline';

/** image-events → image-vectors.<fingerprint>. */
@BatchController()
export class EmbedController {
  readonly #stage: BatchHandler;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(PictureEmbedder) embedder: PictureEmbedder,
    @Inject(IMAGE_ENCODER) encoder: ImageEncoder,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('encoder', () => encoder.waiting);
    this.#stage = createEmbedStage(log, embedder, stageObserver(metrics, 'embed'));
  }

  @MessagePattern('embed')
  embed(@Payload() records: readonly LogRecord[]): Promise<Effect> {
    return this.#stage(records);
  }
}
