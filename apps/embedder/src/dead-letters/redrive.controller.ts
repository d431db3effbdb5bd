import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, VECTOR_INDEX } from '#nest';
import { type BatchHandler, createRedriveStage, type Effect, type KnownGeneration } from '#pipeline';
import { PictureEmbedders } from '../picture-embedders.js';
import { FollowedLetterStates } from './followed-letter-states.js';

/** dead-letter-actions → image-vectors.<fingerprint> and what came of it. */
@BatchController()
export class RedriveController {
  readonly #stages = new WeakMap<KnownGeneration, BatchHandler>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(PictureEmbedders) private readonly embedders: PictureEmbedders,
    @Inject(FollowedLetterStates) private readonly states: FollowedLetterStates,
  ) {}

  @MessagePattern('redrive')
  async redrive(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    let stage = this.#stages.get(generation);
    if (stage === undefined) {
      const { log, index, states } = this;
      const embedder = await this.embedders.of(generation.schema.encoder);
      stage = createRedriveStage({ log, index, generation, embedder, states });
      this.#stages.set(generation, stage);
    }
    return stage(records);
  }
}
