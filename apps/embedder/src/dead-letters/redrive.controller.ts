import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, VECTOR_INDEX } from '#nest';
import { createRedriveStage, type Effect, type KnownGeneration } from '#pipeline';
import { PictureEmbedders } from '../picture-embedders.js';
import { StagePerGeneration } from '../stage-per-generation.js';
import { FollowedLetterStates } from './followed-letter-states.js';

/** dead-letter-actions → image-vectors.<fingerprint> and what came of it. */
@BatchController()
export class RedriveController {
  readonly #stages: StagePerGeneration;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(PictureEmbedders) embedders: PictureEmbedders,
    @Inject(FollowedLetterStates) states: FollowedLetterStates,
  ) {
    this.#stages = new StagePerGeneration(async (generation) => {
      const embedder = await embedders.of(generation.schema.encoder);
      return createRedriveStage({ log, index, generation, embedder, states });
    });
  }

  @MessagePattern('redrive')
  async redrive(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    const stage = await this.#stages.of(generation);
    return stage(records);
  }
}
