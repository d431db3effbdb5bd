import { Controller, Get, Header, Inject } from '@nestjs/common';
import { type EncoderReference, isLookalikeError, LookalikeError, type StateCounts, type VectorIndex } from '#core';
import { NeedsScope, VECTOR_INDEX } from '#nest';
import { DeadLetters, type Generations, inRole, type LetterCounts, unlessLost } from '#pipeline';
import { type NamedStageStatus, StageWatches } from './stage-watches.js';
import { GENERATIONS } from './tokens.js';

export interface Status {
  readonly encoder: Omit<EncoderReference, 'manifest'>;
  readonly generation: string;
  /** `null` when the index has lost the generation. */
  readonly images: StateCounts | null;
  readonly stages: readonly NamedStageStatus[];
  /** By state; `null` after a start, until what was done about them is read. */
  readonly deadLetters: LetterCounts | null;
}

@NeedsScope('operate', 'search', 'publish')
@Controller('v1/status')
export class StatusController {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(GENERATIONS) private readonly generations: Generations,
    @Inject(StageWatches) private readonly watches: StageWatches,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
  ) {}

  /** How far the stages are, and how many images there are. */
  @Get()
  @Header('Cache-Control', 'no-store')
  async status(): Promise<Status> {
    const live = inRole(await this.generations.current(), 'live');
    if (live === null) throw new LookalikeError('no-live-generation', 'The index has no live generation yet.');
    const { name: generation, schema } = live;
    const { name, fingerprint, trained } = schema.encoder;
    const [stages, images, deadLetters] = await Promise.all([
      this.watches.statuses(),
      unlessLost(this.index.count({ generation })),
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
