import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { EncoderInfo, Generation, StateCounts, VectorIndex } from '#core';
import { VECTOR_INDEX } from '#nest';
import { type NamedStageStatus, StageWatches } from './stage-watches.js';
import { ENCODER_INFO, GENERATION } from './tokens.js';

export interface Status {
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly trained: boolean };
  readonly generation: string;
  readonly images: StateCounts;
  readonly stages: readonly NamedStageStatus[];
}

@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(ENCODER_INFO) private readonly encoder: EncoderInfo,
    @Inject(GENERATION) private readonly generation: Generation,
    @Inject(StageWatches) private readonly watches: StageWatches,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async status(): Promise<Status> {
    const { name, fingerprint, trained } = this.encoder;
    const generation = this.generation.name;
    const [stages, images] = await Promise.all([this.watches.statuses(), this.index.count({ generation })]);
    return { encoder: { name, fingerprint, trained }, generation, images, stages };
  }
}
