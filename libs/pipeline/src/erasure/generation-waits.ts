import { setTimeout as sleep } from 'node:timers/promises';
import { DEAD_LETTER_ACTIONS_TOPIC, type ImageId, type Position, type StoredRecord, type VectorIndex } from '#core';
import type { KnownGeneration } from '../generations/generations-state.js';
import { unlessLost } from '../generations/unless-lost.js';
import { redriveGroup } from '../groups.js';
import { endOf, hasPassed } from '../stage-progress.js';
import type { EraseOptions } from './erase-options.js';

const POLL_MS = 100;

/** Waits for stages, all together for as long as they may be waited for. */
export class Waits {
  readonly #until: number;

  constructor(private readonly options: EraseOptions) {
    this.#until = performance.now() + options.waitMs;
  }

  /** @returns the generations that do not have the deletion when the time is up. */
  untilDeleted(imageId: ImageId, { offset }: Position): Promise<readonly string[]> {
    return this.#untilAll(async ({ name }) => {
      const record = await storedIn(this.options.index, name, imageId);
      // One that is not in the index holds nothing. One that never had the image gets its deletion all the same.
      return record === null || (record !== undefined && record.version >= offset);
    });
  }

  /** @returns the generations whose encoder may still put through what was asked for before now. */
  async untilRedriven(): Promise<readonly string[]> {
    const { log } = this.options;
    const marks = await endOf(log, DEAD_LETTER_ACTIONS_TOPIC);
    return this.#untilAll(({ schema }) =>
      hasPassed(log, DEAD_LETTER_ACTIONS_TOPIC, redriveGroup(schema.encoder.fingerprint), marks),
    );
  }

  async #untilAll(isDone: (generation: KnownGeneration) => Promise<boolean>): Promise<readonly string[]> {
    for (;;) {
      this.options.signal?.throwIfAborted();
      const known = [...(await this.options.generations.current()).values()];
      const done = await Promise.all(known.map(isDone));
      const waitingFor = known.filter((_, at) => done[at] === false).map(({ name }) => name);
      if (waitingFor.length === 0 || performance.now() >= this.#until) return waitingFor;
      await sleep(POLL_MS);
    }
  }
}

/** Those of the image's last state, in all generations. */
export async function thumbnailsInIndex(
  { index, generations }: EraseOptions,
  imageId: ImageId,
): Promise<readonly string[]> {
  const names = [...(await generations.current()).keys()];
  const stored = await Promise.all(names.map((it) => storedIn(index, it, imageId)));
  return stored.flatMap((it) => (it?.state === 'ready' ? [it.thumbnail] : []));
}

/** `undefined` of an image that the generation does not know, `null` of a generation that is not there. */
async function storedIn(
  index: VectorIndex,
  generation: string,
  imageId: ImageId,
): Promise<StoredRecord | undefined | null> {
  const found = await unlessLost(index.fetch([imageId], { generation }));
  return found === null ? null : found[0];
}
