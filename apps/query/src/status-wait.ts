import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ImageId, Version } from '#core';
import { IMAGE_STATUSES, Slots } from '#nest';
import type { ImageStatus, ImageStatuses } from '#pipeline';
import { isVisible } from './image-answer.js';

export type StatusSource = Pick<ImageStatuses, 'statusOf'>;

export interface Wait {
  readonly minVersion: Version;
  readonly waitMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 1000;
const GROWTH = 1.5;
/** Each asks the index and the log again and again. */
const MAX_WAITING = 256;

/** Waits until a version of an image is visible to searches, or the time is up. Ends early when the server stops. */
@Injectable()
export class StatusWait implements OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #slots = new Slots(MAX_WAITING, 'waits for images to become visible');

  constructor(@Inject(IMAGE_STATUSES) private readonly statuses: StatusSource) {
    // Every wait listens; Node would take more than ten for a leak.
    setMaxListeners(MAX_WAITING, this.#stop.signal);
  }

  /** @throws `too-many-requests` when too many wait already. */
  async statusOf(imageId: ImageId, { minVersion, waitMs, signal }: Wait): Promise<ImageStatus> {
    const status = await this.statuses.statusOf(imageId);
    if (waitMs === 0 || isVisible(status, minVersion)) return status;
    return this.#slots.run(() =>
      this.#untilEnded(signal, (ended) => this.#poll(imageId, minVersion, ended, waitMs, status)),
    );
  }

  get waiting(): number {
    return this.#slots.taken;
  }

  onModuleDestroy(): void {
    this.#stop.abort();
  }

  /** Without `AbortSignal.any`: what it makes is kept, about 1 kB each, as long as the server's own signal lives. */
  async #untilEnded<T>(gone: AbortSignal, work: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const ended = new AbortController();
    const end = () => ended.abort();
    const signals = [gone, this.#stop.signal];
    if (signals.some(({ aborted }) => aborted)) end();
    for (const it of signals) it.addEventListener('abort', end);
    try {
      return await work(ended.signal);
    } finally {
      for (const it of signals) it.removeEventListener('abort', end);
    }
  }

  async #poll(imageId: ImageId, minVersion: Version, ended: AbortSignal, waitMs: number, first: ImageStatus) {
    const end = performance.now() + waitMs;
    let status = first;
    for (let pauseMs = FIRST_PAUSE_MS; !ended.aborted; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * GROWTH)) {
      const leftMs = end - performance.now();
      if (leftMs <= 0 || isVisible(status, minVersion)) break;
      await pause(Math.min(pauseMs, leftMs), undefined, { signal: ended }).catch(() => {});
      status = ended.aborted ? status : await this.statuses.statusOf(imageId);
    }
    return status;
  }
}
