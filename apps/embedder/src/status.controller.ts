import { Controller, Get, Header, Inject } from '@nestjs/common';
import { type EncoderInfo, type Generation, isLookalikeError, type StateCounts, type VectorIndex } from '#core';
import { NeedsScope, VECTOR_INDEX } from '#nest';
import { DeadLetters, type LetterCounts } from '#pipeline';
import { type NamedStageStatus, StageWatches } from './stage-watches.js';
import { ENCODER_INFO, GENERATION } from './tokens.js';

export interface Status {
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly trained: boolean };
  readonly generation: string;
  readonly images: StateCounts;
  readonly stages: readonly NamedStageStatus[];
  /** By state; `null` after a start, until what was done about them is read. */
  readonly deadLetters: LetterCounts | null;
}

@NeedsScope('operate', 'search', 'publish')
@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(ENCODER_INFO) private readonly encoder: EncoderInfo,
    @Inject(GENERATION) private readonly generation: Generation,
    @Inject(StageWatches) private readonly watches: StageWatches,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async status(): Promise<Status> {
    const { name, fingerprint, trained } = this.encoder;
    const generation = this.generation.name;
    const [stages, images, deadLetters] = await Promise.all([
      this.watches.statuses(),
      this.index.count({ generation }),
      this.#counts(),
    ]);
    return { encoder: { name, fingerprint, trained }, generation, images, stages, deadLetters };
  }

  #counts(): Promise<LetterCounts | null> {
    return this.letters.counts().catch((error: unknown) => {
      if (isLookalikeError(error) && error.code === 'overloaded') return null;
      throw error;
    });
  }
}
