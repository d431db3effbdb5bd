import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type EventLog,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  LookalikeError,
  type Position,
  type Version,
} from '#core';
import { EVENT_LOG, IMAGE_STATUSES, SETTINGS } from '#nest';
import { madeFrom } from '#pipeline';
import type { Duplicate } from './check/duplicate.js';
import { FirstAnswers, uuidOf } from './idempotency.js';
import { type AttributesPatch, type ImageChange, patched } from './image-states.js';
import { Lanes } from './lanes.js';
import type { DeclaringSettings, ImageStates } from './tokens.js';

/** Where the event stands in the log. */
export interface Written {
  readonly imageId: ImageId;
  readonly version: Version;
  readonly position: Position;
  /** Images that have the picture already, at most 10, surest first; there where the request asks for a check. */
  readonly duplicates?: readonly Duplicate[];
}

/** One repeatable request: its key, and what it must have in common with its repeats. */
export interface Repeatable {
  readonly key: string | null;
  readonly request: unknown;
}

const SOURCE = '/lookalike/ingest';
/** Each of them means that somebody else has just changed the same image. */
const MAX_ROUNDS = 100;

/**
 * Turns accepted changes into events. Writes of one image through here follow one another, so that a patch seldom has to be
 * made again. Bulk writes and other processes are not held up by that.
 */
@Injectable()
export class ImageWriter {
  readonly #lanes = new Lanes();
  readonly #answers = new FirstAnswers<Written>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(IMAGE_STATUSES) private readonly states: ImageStates,
    @Inject(SETTINGS) private readonly settings: DeclaringSettings,
  ) {}

  /** @param check is made first; where it throws, nothing is written. */
  write(
    change: ImageChange,
    repeatable: Repeatable,
    check: () => Promise<readonly Duplicate[] | null> = async () => null,
  ): Promise<Written> {
    return this.#once(repeatable, async (eventId) => {
      const duplicates = await check();
      const written = await this.#lanes.run(change.imageId, () => this.#append(change, eventId));
      return { ...written, ...(duplicates && { duplicates }) };
    });
  }

  /** @throws `image-unknown` when there is no living image, `invalid-attributes`, `overloaded`. */
  patch(imageId: ImageId, patch: AttributesPatch, repeatable: Repeatable): Promise<Written> {
    return this.#once(repeatable, (eventId) => this.#lanes.run(imageId, () => this.#patch(imageId, patch, eventId)));
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

  /**
   * Others may change the image between the look at its state and the append. Then the patch is made again on what holds, or, where that
   * takes no patch, what holds is written again.
   */
  async #patch(imageId: ImageId, patch: AttributesPatch, eventId: string): Promise<Written> {
    const { attributes } = this.settings.index;
    const latest = await this.states.latest(imageId);
    let { change, refusal } = patched(imageId, latest.state, patch, attributes);
    if (refusal !== null) throw refusal;
    let { readTo } = latest;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const written = await this.#append(change, round === 1 ? eventId : randomUUID(), readTo);
      const { version, position } = written;
      const last = version === readTo ? null : await this.states.lastThatHolds(imageId, position, readTo);
      if (last === null || last.version === version) {
        if (refusal !== null) throw refusal;
        return written;
      }
      ({ change, refusal } = patched(imageId, last.state, patch, attributes));
      readTo = version + 1;
    }
    throw new LookalikeError('overloaded', 'Others change this image all the time. Try again in a moment.');
  }

  /** @param readTo where the change was made from what the log had below. */
  async #append(change: ImageChange, eventId: string, readTo?: number): Promise<Written> {
    const record = encodeImageEvent({ ...change, eventId, source: SOURCE, timeMs: Date.now() });
    const [position] = await this.log.append(IMAGE_EVENTS_TOPIC, [
      readTo === undefined ? record : madeFrom(record, readTo),
    ]);
    if (position === undefined) throw new LookalikeError('internal', 'The log gave no position.');
    return { imageId: change.imageId, version: position.offset, position };
  }
}
