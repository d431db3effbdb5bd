import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type GenerationRole, type StageStatus, StageWatch } from '#pipeline';
import { FollowedGenerations } from './followed-generations.js';
import type { StageName } from './stages.js';

/** Two small questions to the log for each stage. */
const SAMPLE_MS = 5_000;

export interface NamedStageStatus extends StageStatus {
  readonly name: StageName;
  readonly generation: string;
  /** Fingerprint. */
  readonly encoder: string;
  readonly role: GenerationRole;
}

/** Watches all stages, whichever of them this process serves: their groups have members elsewhere. */
@Injectable()
export class StageWatches implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watches = new Map<string, StageWatch>();
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(FollowedGenerations) private readonly generations: FollowedGenerations) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  statuses(): Promise<readonly NamedStageStatus[]> {
    return Promise.all(
      this.#current().map(async ({ watch, name, generation }) => ({
        name,
        generation: generation.name,
        encoder: generation.schema.encoder.fingerprint,
        role: generation.role,
        ...(await watch.status()),
      })),
    );
  }

  #current() {
    const stages = this.generations.allStages();
    for (const key of this.#watches.keys()) if (!stages.has(key)) this.#watches.delete(key);
    return [...stages].map(([key, stage]) => {
      const watch = this.#watches.get(key) ?? new StageWatch(stage.log, stage.topic, stage.group);
      this.#watches.set(key, watch);
      return { ...stage, watch };
    });
  }

  async #sample(): Promise<void> {
    // A log that is away is told by the stages; here it only makes a gap in what is known.
    await Promise.allSettled(this.#current().map(({ watch }) => watch.sample()));
  }
}
