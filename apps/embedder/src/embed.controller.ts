import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Encoders, EventLog, LogRecord } from '#core';
import { BatchController, ENCODERS, EVENT_LOG, Metrics, stageObserver } from '#nest';
import { type BatchHandler, createEmbedStage, type Effect, type KnownGeneration, type StageObserver } from '#pipeline';
import { PictureEmbedders } from './picture-embedders.js';

/** image-events → image-vectors.<fingerprint>. */
@BatchController()
export class EmbedController {
  readonly #stages = new WeakMap<KnownGeneration, BatchHandler>();
  readonly #observer: StageObserver;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(PictureEmbedders) private readonly embedders: PictureEmbedders,
    @Inject(ENCODERS) encoders: Encoders,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('encoder', () => encoders.waiting);
    this.#observer = stageObserver(metrics, 'embed');
  }

  @MessagePattern('embed')
  async embed(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    let stage = this.#stages.get(generation);
    if (stage === undefined) {
      const embedder = await this.embedders.of(generation.schema.encoder);
      // Batches that came meanwhile waited too; they share one stage, which remembers what it saw when it looked ahead.
      stage = this.#stages.get(generation) ?? createEmbedStage(this.log, embedder, this.#observer);
      this.#stages.set(generation, stage);
    }
    return stage(records);
  }
}
