import { type DynamicModule, Module } from '@nestjs/common';
import type { Generation } from '#core';
import type { EventLogServer } from '#nest';
import { EmbedController } from './embed.controller.js';
import { HealthController } from './health.controller.js';
import { IndexController } from './index.controller.js';
import { IndexReadiness } from './index-readiness.js';
import { StatusController } from './status.controller.js';
import { GENERATION, STAGE_SERVER } from './tokens.js';

/** The two stages and what operators ask of them. Ports and settings come from a global module. */
@Module({})
export class EmbedderModule {
  static serving(generation: Generation, stages: EventLogServer): DynamicModule {
    return {
      module: EmbedderModule,
      controllers: [EmbedController, IndexController, StatusController, HealthController],
      providers: [
        IndexReadiness,
        { provide: GENERATION, useValue: generation },
        { provide: STAGE_SERVER, useValue: stages },
      ],
    };
  }
}
