import { pino } from 'pino';
import { loadSettings } from '#config';
import { type ImageEncoder, isLookalikeError, type LogRecord } from '#core';
import { Metrics } from '#nest';
import { type KnownGeneration, Reindexes } from '#pipeline';
import { noLinks } from '#testkit';
import { FollowedLetterStates } from '../../apps/embedder/src/dead-letters/followed-letter-states.js';
import { RedriveController } from '../../apps/embedder/src/dead-letters/redrive.controller.js';
import { EmbedController } from '../../apps/embedder/src/embed.controller.js';
import { type Following, followGenerations } from '../../apps/embedder/src/follow-generations.js';
import { IndexController } from '../../apps/embedder/src/index.controller.js';
import { PictureEmbedders } from '../../apps/embedder/src/picture-embedders.js';
import { ENCODERS, ProcessEncoders } from './encoders.js';
import { encoderInWeather, inWeather, type Ports, type Struck, type Weather } from './weather.js';
import { type Latency, Wire } from './wire.js';

export const PARTITIONS = 2;
const loaded = loadSettings({ LOOKALIKE_PARTITIONS: String(PARTITIONS), LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS: '1' });
/** Batches so small that a schedule of a few events has several. */
const SETTINGS = {
  ...loaded,
  embed: { ...loaded.embed, batch: 2, batchesAhead: 3 },
  index: { ...loaded.index, batch: 3 },
  embedder: { roles: ['embed', 'index'] as const },
};
const metrics = new Metrics();
const logger = pino({ level: 'silent' });
const START_AGAIN_MS = 200;

export interface ProcessOptions {
  readonly ports: Ports;
  readonly seed: number;
  readonly latency: Latency;
  readonly weather: () => Weather;
  readonly struck: Struck;
  /** What is wrong with it, of a process that has a fault of its own. */
  readonly double: ProcessDouble;
}

type Handlers = Readonly<Record<'embed' | 'redrive' | 'index', BatchController>>;
/** What serves a stage: the method of its controller. */
export type BatchController = (records: readonly LogRecord[], generation: KnownGeneration) => Promise<Effect>;
type Effect = Awaited<ReturnType<IndexController['write']>>;

/** Replaces parts of a process. */
export interface ProcessDouble {
  readonly ports?: (ports: Ports) => Ports;
  readonly handlers?: (handlers: Handlers, ports: Ports) => Handlers;
  readonly encoders?: (reach: (encoder: ImageEncoder) => ImageEncoder) => ProcessEncoders;
}

/** An embedder as the application makes it, without Nest's container: all stages of all generations, and a driver. */
export class EmbedderProcess {
  readonly wire: Wire;
  readonly #options: ProcessOptions;
  readonly #ports: Ports;
  #following: Following | null = null;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.wire = new Wire(options.latency);
    const { log, index, blobs } = options.double.ports?.(options.ports) ?? options.ports;
    const wired = { log: this.wire.log(log), index: this.wire.index(index), blobs: this.wire.port(blobs) };
    this.#ports = inWeather(wired, options);
  }

  /** What operators ask of it; `null` until it knows the generations. */
  get reindexes(): Reindexes | null {
    if (this.#following === null || this.wire.isDead) return null;
    const { log, index } = this.#ports;
    return new Reindexes({ log, index, generations: this.#following.generations, partitions: PARTITIONS });
  }

  /** What its stages wait out, for who asks why nothing goes on. */
  get faults(): readonly string[] {
    const { followed, stages } = this.#following ?? {};
    return [...(followed?.allStages().keys() ?? [])].flatMap((key) => {
      const fault = stages?.faultOf(key) ?? null;
      return fault === null ? [] : [`${key}: ${fault.during} ${fault.error}`];
    });
  }

  /** Tries again until it works, as who waits for its servers does; never ends of one that has died. */
  async start(): Promise<void> {
    const encoders = this.#encoders();
    for (;;) {
      try {
        await this.#startOnce(encoders);
        return;
      } catch (error) {
        if (!isLookalikeError(error) || !error.canRetry) throw error;
        await new Promise((resolve) => setTimeout(resolve, START_AGAIN_MS));
      }
    }
  }

  /** As on a signal to end. */
  async stop(): Promise<void> {
    const following = this.#following;
    this.#following = null;
    await following?.followed.onModuleDestroy();
    await following?.stages.close();
    this.wire.die();
  }

  /** Lets go of what would keep the test's own process alive; nothing of one that has died gets out any more. */
  bury(): void {
    this.wire.die();
    void this.#following?.followed.onModuleDestroy();
    void this.#following?.stages.close();
  }

  async #startOnce(encoders: ProcessEncoders): Promise<void> {
    const [named] = ENCODERS;
    if (named === undefined) throw new Error('There is no encoder.');
    const { log, index } = this.#ports;
    const following = await followGenerations({ log, index, named, encoders, settings: SETTINGS, logger });
    const handlers = this.#handlers(encoders, following);
    for (const [pattern, handler] of Object.entries(handlers)) following.stages.addHandler(pattern, handler);
    // What does not start now is tried again with the next look at the generations.
    await new Promise<void>((resolve) => following.stages.listen(() => resolve()));
    await following.followed.onApplicationBootstrap();
    this.#following = following;
  }

  #handlers(encoders: ProcessEncoders, { followed }: Following): Handlers {
    const { log, index, blobs } = this.#ports;
    const embedders = new PictureEmbedders(blobs, encoders, noLinks, SETTINGS);
    const embed = new EmbedController(log, embedders, encoders, metrics);
    const redrive = new RedriveController(log, index, embedders, new FollowedLetterStates(log));
    const indexing = new IndexController(log, index, followed, metrics);
    const handlers: Handlers = {
      embed: (records, generation) => embed.embed(records, generation),
      redrive: (records, generation) => redrive.redrive(records, generation),
      index: (records, generation) => indexing.write(records, generation),
    };
    return this.#options.double.handlers?.(handlers, this.#ports) ?? handlers;
  }

  #encoders(): ProcessEncoders {
    const reach = (encoder: ImageEncoder) => encoderInWeather(encoder, this.#options);
    return this.#options.double.encoders?.(reach) ?? new ProcessEncoders(reach);
  }
}
