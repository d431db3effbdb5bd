import { type DynamicModule, Inject, Module } from '@nestjs/common';
import type { Role } from '#config';
import type { EncoderInfo, Generation, VectorIndex } from '#core';
import { CheckedPart, type EventLogServer, HealthModule, HealthSources, VECTOR_INDEX } from '#nest';
import { EmbedController } from './embed.controller.js';
import { IndexController } from './index.controller.js';
import { StageWatches } from './stage-watches.js';
import { StatusController } from './status.controller.js';
import { ENCODER_INFO, GENERATION, STAGE_SERVER } from './tokens.js';

export interface EmbedderOptions {
  readonly encoder: EncoderInfo;
  readonly generation: Generation;
  readonly stages: EventLogServer;
  readonly roles: readonly Role[];
}

const STAGE_CONTROLLERS = { embed: EmbedController, index: IndexController } as const;

/** The stages and what operators ask of them. Ports and settings come from a global module. */
@Module({ imports: [HealthModule] })
export class EmbedderModule {
  constructor(
    @Inject(HealthSources) health: HealthSources,
    @Inject(STAGE_SERVER) stages: EventLogServer,
    @Inject(VECTOR_INDEX) index: VectorIndex,
  ) {
    health.add(new CheckedPart('search', 'read', () => index.check()));
    health.add(stages);
  }

  static serving({ encoder, generation, stages, roles }: EmbedderOptions): DynamicModule {
    return {
      module: EmbedderModule,
      controllers: [...roles.map((role) => STAGE_CONTROLLERS[role]), StatusController],
      providers: [
        { provide: ENCODER_INFO, useValue: encoder },
        { provide: GENERATION, useValue: generation },
        { provide: STAGE_SERVER, useValue: stages },
        StageWatches,
      ],
    };
  }
}
