import { type DynamicModule, Inject, Module, Optional, type Provider, type Type } from '@nestjs/common';
import type { Role, Settings } from '#config';
import type { BlobStore, EventLog, VectorIndex } from '#core';
import {
  BLOB_STORE,
  batchMetrics,
  blobsPart,
  EVENT_LOG,
  type EventLogServer,
  HealthModule,
  HealthParts,
  indexPart,
  logPart,
  Metrics,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
import { DeadLetters, type Generations, Reindexes } from '#pipeline';
import { Calibrations } from '#search';
import { AuditController } from './audit/audit.controller.js';
import { Audits } from './audit/audits.js';
import { BlobCollections } from './blobs/blob-collections.js';
import { BlobsController } from './blobs/blobs.controller.js';
import { CalibrationController } from './calibration/calibration.controller.js';
import { CalibrationRuns } from './calibration/calibration-runs.js';
import { CopyLinksController } from './copy-links.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { FollowedLetterStates } from './dead-letters/followed-letter-states.js';
import { RedriveController } from './dead-letters/redrive.controller.js';
import { EmbedController } from './embed.controller.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { Erasures } from './erasure/erasures.js';
import { FollowedGenerations } from './followed-generations.js';
import { IndexController } from './index.controller.js';
import { addLagMetrics } from './lag-metrics.js';
import { PictureEmbedders } from './picture-embedders.js';
import { ReindexController } from './reindex/reindex.controller.js';
import { ReindexPlanner } from './reindex/reindex-planner.js';
import { ReindexProgress } from './reindex/reindex-progress.js';
import { StageWatches } from './stage-watches.js';
import { StatusController } from './status.controller.js';
import { GENERATIONS, STAGE_SERVER } from './tokens.js';

export interface EmbedderOptions {
  readonly generations: Generations;
  readonly followed: FollowedGenerations;
  readonly stages: EventLogServer;
  readonly roles: readonly Role[];
}

const CALIBRATIONS: Provider = {
  provide: Calibrations,
  inject: [EVENT_LOG],
  useFactory: (log: EventLog) => new Calibrations(log),
};

/** What serves each role: who embeds, embeds again too, and has the pictures. */
const SERVING: Readonly<
  Record<Role, { readonly controllers: readonly Type[]; readonly providers: readonly Provider[] }>
> = {
  embed: {
    controllers: [EmbedController, RedriveController, BlobsController, CalibrationController],
    providers: [PictureEmbedders, BlobCollections, CalibrationRuns, CALIBRATIONS],
  },
  index: { controllers: [IndexController], providers: [] },
  duplicates: { controllers: [CopyLinksController], providers: [CALIBRATIONS] },
};

const DEAD_LETTERS: Provider = {
  provide: DeadLetters,
  inject: [EVENT_LOG, FollowedLetterStates],
  useFactory: (log: EventLog, states: FollowedLetterStates) => new DeadLetters(log, states),
};

const REINDEXES: Provider = {
  provide: Reindexes,
  inject: [EVENT_LOG, VECTOR_INDEX, GENERATIONS, SETTINGS],
  useFactory: (
    log: EventLog,
    index: VectorIndex,
    generations: Generations,
    { storage: { partitions } }: Pick<Settings, 'storage'>,
  ) => new Reindexes({ log, index, generations, partitions }),
};

/** The stages and what operators ask of them. Ports and settings come from a global module. */
@Module({ imports: [HealthModule] })
export class EmbedderModule {
  constructor(
    @Inject(HealthParts) health: HealthParts,
    @Inject(STAGE_SERVER) stages: EventLogServer,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(SETTINGS) { storage }: Pick<Settings, 'storage'>,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    // Only who embeds has one.
    @Optional() @Inject(BLOB_STORE) blobs: BlobStore | undefined,
    @Inject(Metrics) metrics: Metrics,
    @Inject(StageWatches) watches: StageWatches,
  ) {
    stages.observe((stage) => batchMetrics(metrics, stage));
    addLagMetrics(metrics, watches);
    health.add(...stages.healthParts(), logPart(log, storage.partitions), indexPart(index));
    if (blobs !== undefined) health.add(blobsPart(blobs));
  }

  static serving({ generations, followed, stages, roles }: EmbedderOptions): DynamicModule {
    return {
      module: EmbedderModule,
      controllers: [
        ...roles.flatMap((role) => SERVING[role].controllers),
        StatusController,
        DeadLettersController,
        ReindexController,
        AuditController,
        ErasureController,
      ],
      providers: [
        { provide: GENERATIONS, useValue: generations },
        { provide: FollowedGenerations, useValue: followed },
        { provide: STAGE_SERVER, useValue: stages },
        StageWatches,
        FollowedLetterStates,
        DEAD_LETTERS,
        REINDEXES,
        ReindexProgress,
        ReindexPlanner,
        Audits,
        Erasures,
        ...roles.flatMap((role) => SERVING[role].providers),
      ],
    };
  }
}
