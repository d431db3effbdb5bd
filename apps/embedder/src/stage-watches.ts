import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Settings } from '#config';
import type { EncoderInfo, EventLog, Generation } from '#core';
import { EVENT_LOG, SETTINGS } from '#nest';
import { type StageStatus, StageWatch } from '#pipeline';
import { STAGE_NAMES, type StageName, stageSubscriptions } from './stages.js';
import { ENCODER_INFO, GENERATION } from './tokens.js';

/** Two small questions to the log for each stage. */
const SAMPLE_MS = 5_000;

export interface NamedStageStatus extends StageStatus {
  readonly name: StageName;
}

/** Watches all stages, whichever of them this process serves: their groups have members elsewhere. */
@Injectable()
export class StageWatches implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watches: readonly { readonly name: StageName; readonly watch: StageWatch }[];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(ENCODER_INFO) encoder: EncoderInfo,
    @Inject(GENERATION) generation: Generation,
    @Inject(SETTINGS) settings: Settings,
  ) {
    const subscriptions = stageSubscriptions({ log, encoder, generation }, settings);
    this.#watches = STAGE_NAMES.map((name) => {
      const { topic, group } = subscriptions[name];
      return { name, watch: new StageWatch(log, topic, group) };
    });
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  statuses(): Promise<readonly NamedStageStatus[]> {
    return Promise.all(this.#watches.map(async ({ name, watch }) => ({ name, ...(await watch.status()) })));
  }

  async #sample(): Promise<void> {
    // A log that is away is told by the stages; here it only makes a gap in what is known.
    await Promise.allSettled(this.#watches.map(({ watch }) => watch.sample()));
  }
}
