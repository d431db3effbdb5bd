import { Inject, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Settings } from '#config';
import type { EventLog, LogRecord, VectorIndex } from '#core';
import { BatchController, EVENT_LOG, SETTINGS, VECTOR_INDEX } from '#nest';
import { createCopyLinksStage, type Effect, type KnownGeneration } from '#pipeline';
import { Calibrations, CopyFinder, SecondLooks } from '#search';
import { StagePerGeneration } from './stage-per-generation.js';

/** More than the stage ever asks for at once, and nobody else asks. */
const MAX_WAITING = 1_000;

/** image-vectors.<fingerprint> → copy-links. */
@BatchController()
export class CopyLinksController implements OnModuleDestroy, OnApplicationShutdown {
  readonly #stages: StagePerGeneration;
  // Threads of its own, so that searches do not wait for it.
  readonly #looks: SecondLooks;
  readonly #stopped = new AbortController();

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(Calibrations) calibrations: Calibrations,
    @Inject(SETTINGS) { search }: Pick<Settings, 'search'>,
  ) {
    this.#looks = new SecondLooks({ threads: search.secondLookThreads, maxWaiting: MAX_WAITING });
    const models = calibrations.upToDate;
    const finder = new CopyFinder({ index, models, looks: this.#looks, precision: search.matchPrecision });
    this.#stages = new StagePerGeneration(async (generation) =>
      createCopyLinksStage({
        log,
        index,
        generation: { ...generation, live: true },
        findCopies: (of, record) => finder.find(of, record, this.#stopped.signal),
      }),
    );
  }

  @MessagePattern('duplicates')
  async compare(@Payload() records: readonly LogRecord[], @Ctx() generation: KnownGeneration): Promise<Effect> {
    const stage = await this.#stages.of(generation);
    return stage(records);
  }

  onModuleDestroy(): void {
    this.#stopped.abort();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#looks.close();
  }
}
