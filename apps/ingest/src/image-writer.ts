import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type EventLog,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type ImageState,
  LookalikeError,
  type Position,
  type Version,
} from '#core';
import { EVENT_LOG, IMAGE_STATUSES } from '#nest';
import { FirstAnswers, uuidOf } from './idempotency.js';
import { patchAttributes } from './image-states.js';
import { Lanes } from './lanes.js';
import type { ImageStates } from './tokens.js';

export type ImageChange =
  | { readonly kind: 'added' | 'updated'; readonly imageId: ImageId; readonly state: ImageState }
  | { readonly kind: 'deleted'; readonly imageId: ImageId };

/** Where the event stands in the log. */
export interface Written {
  readonly imageId: ImageId;
  readonly version: Version;
  readonly position: Position;
}

/** One repeatable request: its key, and what it must have in common with its repeats. */
export interface Repeatable {
  readonly key: string | null;
  readonly request: unknown;
}

const SOURCE = '/lookalike/ingest';

/**
 * Turns accepted changes into events. Writes of one image through here follow one another, so a patch never builds on a
 * state that another request of this process has just replaced. Bulk writes are not held up by that.
 */
@Injectable()
export class ImageWriter {
  readonly #lanes = new Lanes();
  readonly #answers = new FirstAnswers<Written>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(IMAGE_STATUSES) private readonly states: ImageStates,
  ) {}

  write(change: ImageChange, repeatable: Repeatable): Promise<Written> {
    return this.#once(repeatable, (eventId) => this.#lanes.run(change.imageId, () => this.#append(change, eventId)));
  }

  /** @throws `image-unknown` when there is no living image, `invalid-attributes`. */
  patch(imageId: ImageId, patch: Readonly<Record<string, unknown>>, repeatable: Repeatable): Promise<Written> {
    return this.#once(repeatable, (eventId) =>
      this.#lanes.run(imageId, async () => {
        const latest = await this.states.latest(imageId);
        if (latest === null) {
          throw new LookalikeError('image-unknown', 'There is no image with this id.', { facts: { imageId } });
        }
        const attributes = patchAttributes(latest.state.attributes, patch);
        return this.#append({ kind: 'updated', imageId, state: { ...latest.state, attributes } }, eventId);
      }),
    );
  }

  /** All of them in one append, durable together. Positions are in the order of the changes. */
  async writeAll(changes: readonly ImageChange[]): Promise<readonly Position[]> {
    if (changes.length === 0) return [];
    const timeMs = Date.now();
    const records = changes.map((change) =>
      encodeImageEvent({ ...change, eventId: randomUUID(), source: SOURCE, timeMs }),
    );
    return this.log.append(IMAGE_EVENTS_TOPIC, records);
  }

  #once({ key, request }: Repeatable, work: (eventId: string) => Promise<Written>): Promise<Written> {
    return key === null ? work(randomUUID()) : this.#answers.once(key, request, () => work(uuidOf(key, 'event')));
  }

  async #append(change: ImageChange, eventId: string): Promise<Written> {
    const record = encodeImageEvent({ ...change, eventId, source: SOURCE, timeMs: Date.now() });
    const [position] = await this.log.append(IMAGE_EVENTS_TOPIC, [record]);
    if (position === undefined) throw new LookalikeError('internal', 'The log gave no position.');
    return { imageId: change.imageId, version: position.offset, position };
  }
}
