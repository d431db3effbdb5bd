import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Settings } from '#config';
import { type Encoders, type EventLog, Repeating } from '#core';
import type { EventLogServer, ServedStage } from '#nest';
import {
  type Generations,
  type GenerationsState,
  inRole,
  type KnownGeneration,
  NO_GENERATIONS,
  type ReindexDriver,
} from '#pipeline';
import { isBeside, type Stage, servedNames, stagesOf } from './stages.js';

const EVERY_MS = 1_000;

/** An encoder that can be closed when no generation needs it any more. */
export type ClosableEncoders = Encoders & { keepOnly(fingerprints: ReadonlySet<string>): Promise<void> };

export interface FollowedGenerationsOptions {
  readonly log: EventLog;
  readonly generations: Generations;
  readonly stages: EventLogServer;
  readonly settings: Pick<Settings, 'embed' | 'index' | 'embedder'>;
  /** Of a process that embeds. */
  readonly encoders: ClosableEncoders | null;
  /** Of a process that indexes. */
  readonly driver: ReindexDriver | null;
  readonly logger: Logger;
}

/** Serves the stages that the generations of the log need, whatever is decided of them while the process runs. */
export class FollowedGenerations implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #options: FollowedGenerationsOptions;
  #state: GenerationsState = NO_GENERATIONS;
  readonly #following = new Repeating(() => this.#follow(), EVERY_MS);
  #isStopped = false;
  /** What keeps an encoder from running, by fingerprint. */
  readonly #encoderFaults = new Map<string, unknown>();

  constructor(options: FollowedGenerationsOptions) {
    this.#options = options;
  }

  get state(): GenerationsState {
    return this.#state;
  }

  /** What a generation waits for in this process: its encoder, one of its stages, or the driver. `null` when nothing. */
  faultOf({ name, role, schema }: KnownGeneration): unknown {
    const { stages, driver } = this.#options;
    const ofEncoder = this.#encoderFaults.get(schema.encoder.fingerprint);
    if (ofEncoder !== undefined) return ofEncoder;
    for (const [key, stage] of this.allStages()) {
      if (isBeside(stage.name)) continue;
      const isIts = stage.name === 'index' ? stage.generation.name === name : isOf(stage, schema);
      const fault = isIts ? stages.faultOf(key) : null;
      if (fault !== null) return fault.error;
    }
    return role === 'next' ? (driver?.fault ?? null) : null;
  }

  /** What the state needs, served here or not. */
  allStages(): ReadonlyMap<string, Stage> {
    const { log, settings } = this.#options;
    return stagesOf(log, this.#state, settings);
  }

  /** Opens the encoder of what is live and serves its stages. @throws what keeps them from starting. */
  async begin(): Promise<void> {
    const { generations, encoders, stages } = this.#options;
    this.#state = await generations.current();
    const live = inRole(this.#state, 'live');
    if (live !== null) await encoders?.running(live.schema.encoder);
    await stages.serve(this.#served());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#options.driver?.start();
    this.#following.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopped = true;
    await this.#options.driver?.stop();
    await this.#following.stop();
  }

  async #follow(): Promise<void> {
    const { generations, stages, encoders, logger } = this.#options;
    try {
      this.#state = await generations.current();
      const needed = this.#openEncoders();
      if (this.#isStopped) return;
      await stages.serve(this.#served());
      await encoders?.keepOnly(needed);
    } catch (error) {
      // What is served goes on, and tells of a log that is away by itself.
      logger.debug({ err: error }, 'the generations cannot be followed now');
    }
  }

  /** Those of generations that are built may take long, or never come: the others do not wait for them. */
  #openEncoders(): ReadonlySet<string> {
    const { encoders, logger } = this.#options;
    const needed = new Map(
      [...this.#state.values()]
        .filter(({ role }) => role !== 'retired')
        .map(({ schema }) => [schema.encoder.fingerprint, schema.encoder]),
    );
    for (const [fingerprint, encoder] of needed) {
      encoders?.running(encoder).then(
        () => this.#encoderFaults.delete(fingerprint),
        (error: unknown) => {
          if (!this.#encoderFaults.has(fingerprint))
            logger.error({ err: error, encoder: encoder.name }, 'an encoder does not start');
          this.#encoderFaults.set(fingerprint, error);
        },
      );
    }
    return new Set(needed.keys());
  }

  #served(): ReadonlyMap<string, ServedStage> {
    const names = servedNames(this.#options.settings.embedder.roles);
    const served = new Map<string, ServedStage>();
    for (const [key, { name, generation, ...subscription }] of this.allStages()) {
      if (names.has(name)) served.set(key, { ...subscription, pattern: name, context: generation });
    }
    return served;
  }
}

function isOf({ generation }: Stage, { encoder }: KnownGeneration['schema']): boolean {
  return generation.schema.encoder.fingerprint === encoder.fingerprint;
}
