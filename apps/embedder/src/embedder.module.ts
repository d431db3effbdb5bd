import { type DynamicModule, Inject, Module, Optional, type Provider, type Type } from '@nestjs/common';
import type { Role } from '#config';
import type { BlobStore, EncoderInfo, EventLog, Generation, VectorIndex } from '#core';
import {
  BLOB_STORE,
  batchMetrics,
  blobsPart,
  EVENT_LOG,
  type EventLogServer,
  HealthModule,
  HealthParts,
  indexPart,
  Metrics,
  VECTOR_INDEX,
} from '#nest';
import { DeadLetters } from '#pipeline';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { FollowedLetterStates } from './dead-letters/followed-letter-states.js';
import { RedriveController } from './dead-letters/redrive.controller.js';
import { EmbedController } from './embed.controller.js';
import { IndexController } from './index.controller.js';
import { addLagMetrics } from './lag-metrics.js';
import { PICTURE_EMBEDDER } from './picture-embedder.provider.js';
import { StageWatches } from './stage-watches.js';
import { StatusController } from './status.controller.js';
import { ENCODER_INFO, GENERATION, STAGE_SERVER } from './tokens.js';

export interface EmbedderOptions {
  readonly encoder: EncoderInfo;
  readonly generation: Generation;
  readonly stages: EventLogServer;
  readonly roles: readonly Role[];
}

/** What serves each role: who embeds, embeds again too. */
const SERVING: Readonly<
  Record<Role, { readonly controllers: readonly Type[]; readonly providers: readonly Provider[] }>
> = {
  embed: { controllers: [EmbedController, RedriveController], providers: [PICTURE_EMBEDDER] },
  index: { controllers: [IndexController], providers: [] },
};

const DEAD_LETTERS: Provider = {
  provide: DeadLetters,
  inject: [EVENT_LOG, FollowedLetterStates],
  useFactory: (log: EventLog, states: FollowedLetterStates) => new DeadLetters(log, states),
};

/** The stages and what operators ask of them. Ports and settings come from a global module. */
@Module({ imports: [HealthModule] })
export class EmbedderModule {
  constructor(
    @Inject(HealthParts) health: HealthParts,
    @Inject(STAGE_SERVER) stages: EventLogServer,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    // Only who embeds has one.
    @Optional() @Inject(BLOB_STORE) blobs: BlobStore | undefined,
    @Inject(Metrics) metrics: Metrics,
    @Inject(StageWatches) watches: StageWatches,
  ) {
    stages.observe((stage) => batchMetrics(metrics, stage));
    addLagMetrics(metrics, watches);
    health.add(...stages.healthParts(), indexPart(index));
    if (blobs !== undefined) health.add(blobsPart(blobs));
  }

  static serving({ encoder, generation, stages, roles }: EmbedderOptions): DynamicModule {
    return {
      module: EmbedderModule,
      controllers: [...roles.flatMap((role) => SERVING[role].controllers), StatusController, DeadLettersController],
      providers: [
        { provide: ENCODER_INFO, useValue: encoder },
        { provide: GENERATION, useValue: generation },
        { provide: STAGE_SERVER, useValue: stages },
        StageWatches,
        FollowedLetterStates,
        DEAD_LETTERS,
        ...roles.flatMap((role) => SERVING[role].providers),
      ],
    };
  }
}
