import { Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, Generation, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, Metrics, stageObserver, VECTOR_INDEX } from '#nest';
import { type BatchHandler, createIndexStage, type Effect } from '#pipeline';
import { GENERATION } from './tokens.js';

/** image-vectors.<fingerprint> → the index. */
@BatchController()
export class IndexController {
  readonly #stage: BatchHandler;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(GENERATION) generation: Generation,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.#stage = createIndexStage(log, index, generation, stageObserver(metrics, 'index'));
  }

  @MessagePattern('index')
  index(@Payload() records: readonly LogRecord[]): Promise<Effect> {
    return this.#stage(records);
  }
}
