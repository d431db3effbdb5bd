import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, Metrics, stageObserver, VECTOR_INDEX } from '#nest';
import { type BatchHandler, createIndexStage, type Effect, type KnownGeneration, type StageObserver } from '#pipeline';
import { FollowedGenerations } from './followed-generations.js';

/** image-vectors.<fingerprint> → one generation of the index. */
@BatchController()
export class IndexController {
  readonly #stages = new WeakMap<KnownGeneration, BatchHandler>();
  readonly #observer: StageObserver;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(FollowedGenerations) private readonly generations: FollowedGenerations,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.#observer = stageObserver(metrics, 'index');
  }

  @MessagePattern('index')
  write(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    let stage = this.#stages.get(generation);
    if (stage === undefined) {
      stage = createIndexStage(this.log, this.index, generation, this.#observerOf(generation));
      this.#stages.set(generation, stage);
    }
    return stage(records);
  }

  /** What reaches another generation than the live one is no more visible than before. */
  #observerOf({ name }: KnownGeneration): StageObserver {
    const { visible, ...observer } = this.#observer;
    return {
      ...observer,
      visible: (record) => {
        if (this.generations.state.get(name)?.role === 'live') visible?.(record);
      },
    };
  }
}
