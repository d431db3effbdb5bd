import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, Generation, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, VECTOR_INDEX } from '#nest';
import { type BatchHandler, createRedriveStage, type Effect, PictureEmbedder } from '#pipeline';
import { GENERATION } from '../tokens.js';
import { FollowedLetterStates } from './followed-letter-states.js';

/** dead-letter-actions → image-vectors.<fingerprint> and what came of it. */
@BatchController()
export class RedriveController {
  readonly #stage: BatchHandler;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(GENERATION) generation: Generation,
    @Inject(PictureEmbedder) embedder: PictureEmbedder,
    @Inject(FollowedLetterStates) states: FollowedLetterStates,
  ) {
    this.#stage = createRedriveStage({ log, index, generation, embedder, states });
  }

  @MessagePattern('redrive')
  redrive(@Payload() records: readonly LogRecord[]): Promise<Effect> {
    return this.#stage(records);
  }
}
