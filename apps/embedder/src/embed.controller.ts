import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, LogRecord } from '#core';
import { BatchController, EVENT_LOG } from '#nest';
import { type BatchHandler, createEmbedStage, type Effect, PictureEmbedder } from '#pipeline';

/** image-events → image-vectors.<fingerprint>. */
@BatchController()
export class EmbedController {
  readonly #stage: BatchHandler;

  constructor(@Inject(EVENT_LOG) log: EventLog, @Inject(PictureEmbedder) embedder: PictureEmbedder) {
    this.#stage = createEmbedStage(log, embedder);
  }

  @MessagePattern('embed')
  embed(@Payload() records: readonly LogRecord[]): Promise<Effect> {
    return this.#stage(records);
  }
}
