import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { LookalikeError } from '#core';
import { BatchConsumer, type BatchConsumerOptions, type BatchObserver, type Effect } from '#pipeline';
import type { HealthPart } from '../health/health-parts.js';
import { FaultLog } from './stage-log.js';

/** How a stage reads. */
export type StageSubscription = Omit<BatchConsumerOptions, 'handler' | 'onFault' | 'observer'>;

/** One consumer, and who handles its batches. */
export interface ServedStage extends StageSubscription {
  /** Of the `@MessagePattern` method; several stages may have one. */
  readonly pattern: string;
  /** What the method gets as `@Ctx()`: which of them it is. */
  readonly context: object;
  /** Searches depend on it, so while it fails the process is not healthy. */
  readonly isEssential: boolean;
}

export interface EventLogServerOptions {
  /** Patterns whose stages searches may depend on: the parts of health. */
  readonly essential: readonly string[];
  /** How long `close` lets batches under way finish; what it cuts off is delivered again. */
  readonly shutdownTimeoutMs: number;
}

interface Running {
  readonly consumer: BatchConsumer;
  stage: ServedStage;
}

/**
 * Nest transport that serves batches of an event log to the `@MessagePattern(stage)` methods of batch controllers:
 * the handler prepares a batch and returns its effect, the consumer orders, retries and commits. A handler looks the
 * same on every log, and starts, drains and stops with Nest's lifecycle. Which stages there are may change at any time.
 */
export class EventLogServer extends Server implements CustomTransportStrategy {
  readonly #options: EventLogServerOptions;
  readonly #running = new Map<string, Running>();
  #wanted: ReadonlyMap<string, ServedStage> = new Map();
  #state: 'new' | 'listening' | 'closed' = 'new';
  #changing: Promise<void> = Promise.resolve();
  #observerOf: ((stage: string) => BatchObserver) | null = null;

  constructor(options: EventLogServerOptions) {
    super();
    this.#options = options;
  }

  /** To be called before the stages start. */
  observe(observerOf: (stage: string) => BatchObserver): void {
    this.#observerOf = observerOf;
  }

  /**
   * Makes these the stages, by keys of their own: starts what is new, stops what is not wanted any more, leaves the others alone.
   * @throws what keeps a stage from starting; the others are started, and the next call tries again.
   */
  async serve(stages: ReadonlyMap<string, ServedStage>): Promise<void> {
    this.#wanted = stages;
    if (this.#state === 'listening') await this.#change();
  }

  /** The essential stages of each pattern, with the fault that they wait out. */
  healthParts(): readonly HealthPart[] {
    return this.#options.essential.map((name) => ({ name, fault: async () => this.#faultOf(name) }));
  }

  /** What a stage waits out; `null` when nothing, or when it is not served here. */
  faultOf(key: string): BatchConsumer['fault'] {
    return this.#running.get(key)?.consumer.fault ?? null;
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.#state = 'listening';
      await this.#change();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#wanted = new Map();
    await this.#change();
  }

  on(event: string): never {
    throw new LookalikeError('internal', `The event log server emits no events, so nothing can listen for ${event}.`);
  }

  unwrap<T>(): T {
    return this.#running as T;
  }

  /** One at a time, each to what is wanted when it begins. */
  #change(): Promise<void> {
    const changed = this.#changing.then(() => this.#startAndStop());
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async #startAndStop(): Promise<void> {
    const wanted = this.#wanted;
    // Batches of another size are another consumer's.
    const unwanted = [...this.#running].filter(([key, { stage }]) => !haveSameLimits(stage, wanted.get(key)));
    await Promise.all(
      unwanted.map(async ([key, { consumer }]) => {
        await consumer.stop(this.#options.shutdownTimeoutMs);
        this.#running.delete(key);
      }),
    );
    const failures: unknown[] = [];
    for (const [key, stage] of wanted) {
      const running = this.#running.get(key);
      if (running === undefined) await this.#start(key, stage).catch((error: unknown) => failures.push(error));
      else running.stage = stage;
    }
    if (failures.length > 0) throw failures[0];
  }

  async #start(key: string, stage: ServedStage): Promise<void> {
    const { pattern, context, isEssential: _, ...subscription } = stage;
    const faults = new FaultLog(pattern, subscription.topic);
    const consumer = new BatchConsumer({
      ...subscription,
      ...(this.#observerOf !== null && { observer: this.#observerOf(pattern) }),
      handler: (records) => this.#handle(pattern, records, context),
      onFault: (fault) => faults.write(fault),
    });
    await consumer.start();
    this.#running.set(key, { consumer, stage });
  }

  #faultOf(pattern: string): BatchConsumer['fault'] {
    for (const { stage, consumer } of this.#running.values()) {
      if (stage.pattern === pattern && stage.isEssential && consumer.fault !== null) return consumer.fault;
    }
    return null;
  }

  async #handle(pattern: string, records: unknown, context: object): Promise<Effect> {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) throw new LookalikeError('internal', `No controller handles the stage ${pattern}.`);
    return lastValueFrom(this.transformToObservable<Effect>(await handler(records, context)));
  }
}

function haveSameLimits(one: ServedStage, other: ServedStage | undefined): boolean {
  if (other === undefined) return false;
  const [a, b] = [one.limits, other.limits];
  return a.maxRecords === b.maxRecords && a.maxBytes === b.maxBytes && a.maxWaitMs === b.maxWaitMs;
}
