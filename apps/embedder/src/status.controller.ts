import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ROLES, type Role, type Settings } from '#config';
import type { EncoderInfo, EventLog, Generation, StateCounts, VectorIndex } from '#core';
import { EVENT_LOG, NeedsScope, SETTINGS, VECTOR_INDEX } from '#nest';
import { type StageProgress, stageProgress } from '#pipeline';
import { stageSubscriptions } from './stages.js';
import { ENCODER_INFO, GENERATION } from './tokens.js';

export interface Status {
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly trained: boolean };
  readonly generation: string;
  readonly images: StateCounts;
  readonly stages: readonly (StageProgress & { readonly name: Role })[];
}

@NeedsScope('operate', 'search', 'publish')
@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(ENCODER_INFO) private readonly encoder: EncoderInfo,
    @Inject(GENERATION) private readonly generation: Generation,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async status(): Promise<Status> {
    const { log, encoder, generation } = this;
    const { name, fingerprint, trained } = encoder;
    const subscriptions = stageSubscriptions({ log, encoder, generation }, this.settings);
    const stages = await Promise.all(
      ROLES.map(async (stage) => {
        const { topic, group } = subscriptions[stage];
        return { name: stage, ...(await stageProgress(log, topic, group)) };
      }),
    );
    const images = await this.index.count({ generation: generation.name });
    return { encoder: { name, fingerprint, trained }, generation: generation.name, images, stages };
  }
}
