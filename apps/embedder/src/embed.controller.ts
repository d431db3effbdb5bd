import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Encoders, EventLog, LogRecord } from '#core';
import { BatchController, ENCODERS, EVENT_LOG, Metrics, stageObserver } from '#nest';
import { createEmbedStage, type Effect, type KnownGeneration } from '#pipeline';
import { PictureEmbedders } from './picture-embedders.js';
import { StagePerGeneration } from './stage-per-generation.js';

/** image-events → image-vectors.<fingerprint>. */
@BatchController()
export class EmbedController {
  readonly #stages: StagePerGeneration;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(PictureEmbedders) embedders: PictureEmbedders,
    @Inject(ENCODERS) encoders: Encoders,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('encoder', () => encoders.waiting);
    const observer = stageObserver(metrics, 'embed');
    this.#stages = new StagePerGeneration(async ({ schema }) =>
      createEmbedStage(log, await embedders.of(schema.encoder), observer),
    );
  }

  @MessagePattern('embed')
  async embed(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    const stage = await this.#stages.of(generation);
    return stage(records);
  }
}
