import { Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventLog, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, Metrics, stageObserver, VECTOR_INDEX } from '#nest';
import { createIndexStage, type Effect, type KnownGeneration, type StageObserver } from '#pipeline';
import { FollowedGenerations } from './followed-generations.js';
import { StagePerGeneration } from './stage-per-generation.js';

/** image-vectors.<fingerprint> → one generation of the index. */
@BatchController()
export class IndexController {
  readonly #stages: StagePerGeneration;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(FollowedGenerations) private readonly generations: FollowedGenerations,
    @Inject(Metrics) metrics: Metrics,
  ) {
    const observer = stageObserver(metrics, 'index');
    this.#stages = new StagePerGeneration(async (generation) =>
      createIndexStage(log, index, generation, this.#whileLive(generation, observer)),
    );
  }

  @MessagePattern('index')
  async write(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    const stage = await this.#stages.of(generation);
    return stage(records);
  }

  /** What reaches another generation than the live one is no more visible than before. */
  #whileLive({ name }: KnownGeneration, { visible, ...others }: StageObserver): StageObserver {
    return {
      ...others,
      visible: (record) => {
        if (this.generations.state.get(name)?.role === 'live') visible?.(record);
      },
    };
  }
}
