import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { Settings } from '#config';
import type { EventLog, Generation, ImageEncoder, StateCounts, VectorIndex } from '#core';
import { EVENT_LOG, IMAGE_ENCODER, SETTINGS, VECTOR_INDEX } from '#nest';
import { type StageProgress, stageProgress } from '#pipeline';
import { STAGE_NAMES, type StageName, stageSubscriptions } from './stages.js';
import { GENERATION } from './tokens.js';

export interface Status {
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly trained: boolean };
  readonly generation: string;
  readonly images: StateCounts;
  readonly stages: readonly (StageProgress & { readonly name: StageName })[];
}

@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(IMAGE_ENCODER) private readonly encoder: ImageEncoder,
    @Inject(GENERATION) private readonly generation: Generation,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async status(): Promise<Status> {
    const { name, fingerprint, trained } = this.encoder.info;
    const subscriptions = stageSubscriptions(this.log, this.encoder.info, this.generation, this.settings);
    const stages = await Promise.all(
      STAGE_NAMES.map(async (stage) => {
        const { topic, group } = subscriptions[stage];
        return { name: stage, ...(await stageProgress(this.log, topic, group)) };
      }),
    );
    const images = await this.index.count({ generation: this.generation.name });
    return { encoder: { name, fingerprint, trained }, generation: this.generation.name, images, stages };
  }
}
