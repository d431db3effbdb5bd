import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { LookalikeError } from '#core';
import { BatchConsumer, type BatchConsumerOptions, type BatchObserver, type Effect } from '#pipeline';
import type { HealthPart } from '../health/health-parts.js';
import { FaultLog } from './stage-log.js';

/** How one pattern of a batch controller is served. */
export type StageSubscription = Omit<BatchConsumerOptions, 'handler' | 'onFault' | 'observer'>;

export interface EventLogServerOptions {
  /** By the pattern of the handler that serves it. */
  readonly stages: Readonly<Record<string, StageSubscription>>;
  /** How long `close` lets batches under way finish; what it cuts off is delivered again. */
  readonly shutdownTimeoutMs: number;
}

/**
 * Nest transport that serves batches of an event log to the `@MessagePattern(stage)` methods of batch controllers:
 * the handler prepares a batch and returns its effect, the consumer orders, retries and commits. A handler looks the
 * same on every log, and starts, drains and stops with Nest's lifecycle.
 */
export class EventLogServer extends Server implements CustomTransportStrategy {
  readonly #options: EventLogServerOptions;
  readonly #consumers = new Map<string, BatchConsumer>();
  #observerOf: ((stage: string) => BatchObserver) | null = null;

  constructor(options: EventLogServerOptions) {
    super();
    this.#options = options;
  }

  /** To be called before the stages start. */
  observe(observerOf: (stage: string) => BatchObserver): void {
    this.#observerOf = observerOf;
  }

  /** Each stage, with the fault that it waits out. */
  healthParts(): readonly HealthPart[] {
    return Object.keys(this.#options.stages).map((name) => ({
      name,
      fault: async () => this.#consumers.get(name)?.fault ?? null,
    }));
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      for (const [stage, subscription] of Object.entries(this.#options.stages)) {
        const faults = new FaultLog(stage, subscription.topic);
        const consumer = new BatchConsumer({
          ...subscription,
          ...(this.#observerOf !== null && { observer: this.#observerOf(stage) }),
          handler: (records) => this.#handle(stage, records),
          onFault: (fault) => faults.write(fault),
        });
        await consumer.start();
        this.#consumers.set(stage, consumer);
      }
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    const consumers = [...this.#consumers.values()];
    await Promise.all(consumers.map((consumer) => consumer.stop(this.#options.shutdownTimeoutMs)));
    this.#consumers.clear();
  }

  on(event: string): never {
    throw new LookalikeError('internal', `The event log server emits no events, so nothing can listen for ${event}.`);
  }

  unwrap<T>(): T {
    return this.#consumers as T;
  }

  async #handle(stage: string, records: unknown): Promise<Effect> {
    const handler = this.getHandlerByPattern(stage);
    if (handler === null) throw new LookalikeError('internal', `No controller handles the stage ${stage}.`);
    return lastValueFrom(this.transformToObservable<Effect>(await handler(records)));
  }
}
