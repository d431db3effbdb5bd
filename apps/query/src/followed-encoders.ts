import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import type { OnnxEncoders } from '#bootstrap';
import { type EncoderReference, Repeating, type VectorIndex } from '#core';

const EVERY_MS = 2_000;

/**
 * Keeps open the encoder of each generation that the index has, from before searches are switched to it until it is dropped,
 * so that no search waits for a model.
 */
export class FollowedEncoders implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #failed = new Set<string>();
  readonly #following = new Repeating(() => this.#follow(), EVERY_MS);

  constructor(
    private readonly index: VectorIndex,
    private readonly encoders: OnnxEncoders,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#following.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.#following.stop();
  }

  async #follow(): Promise<void> {
    try {
      const needed = new Map<string, EncoderReference>();
      for (const { schema } of await this.index.generations()) needed.set(schema.encoder.fingerprint, schema.encoder);
      // Nothing is known of an index that is empty: it may have been lost, and come back.
      if (needed.size === 0) return;
      await this.encoders.keepOnly(new Set(needed.keys()));
      await Promise.all([...needed.values()].map((it) => this.#open(it)));
    } catch (error) {
      this.logger.debug({ err: error }, 'the generations of the index cannot be read now');
    }
  }

  async #open(encoder: EncoderReference): Promise<void> {
    try {
      await this.encoders.running(encoder);
      this.#failed.delete(encoder.fingerprint);
    } catch (error) {
      if (!this.#failed.has(encoder.fingerprint)) {
        this.logger.error({ err: error, encoder: encoder.name }, 'an encoder does not start');
      }
      this.#failed.add(encoder.fingerprint);
    }
  }
}
