import {
  decodeVectorRecord,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type ImageState,
  imageVectorsTopic,
  isLookalikeError,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  type Position,
  type StoredRecord,
  type VectorIndex,
  type Version,
} from '#core';
import { embedGroup, indexGroup } from './groups.js';
import { type LoggedState, lastThatHolds, loggedState } from './optimistic-states.js';
import { type Last, TopicTail } from './topic-tail.js';

/** What a change that is accepted and not visible yet waits for. */
export interface Waiting {
  readonly stage: 'embed' | 'index';
  /** Records of its partition that the stage handles before it; fewer where compaction left gaps. */
  readonly ahead: number;
  readonly eventTimeMs: number;
}

/** What is known of an image. `unknown`: neither the index nor the part of the log still to be indexed names it. */
export interface ImageStatus {
  readonly state: 'waiting' | 'ready' | 'failed' | 'deleted' | 'unknown';
  /** Of the last accepted event; `null` when unknown. */
  readonly version: Version | null;
  /** Of what searches see now. */
  readonly visibleVersion: Version | null;
  /** What searches see now; while `waiting`, the state before. */
  readonly record: StoredRecord | null;
  /** The last accepted state, visible or not; `null` when the image is deleted or unknown. */
  readonly accepted: ImageState | null;
  /** `null` unless it is waiting. */
  readonly waiting: Waiting | null;
}

/** The last accepted state of an image, whether it is searchable yet or not. */
export interface LatestState {
  /** `null` when the image is unknown. */
  readonly version: Version | null;
  /** `null` when it is deleted or unknown. */
  readonly state: ImageState | null;
  /** Everything of the image below this offset of its partition was looked at. */
  readonly readTo: number;
}

export interface ImageStatusesOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** Waiting images remembered per stage and partition; about 150 bytes each. */
  readonly maxPending?: number;
}

type Pending = LoggedState & { readonly eventTimeMs: number };

interface Found {
  readonly record: StoredRecord | null;
  readonly pending: (Pending & Waiting) | null;
  /** Where the image's partition of the events ended. */
  readonly end: Position;
}

const MAX_PENDING = 250_000;

/** The stages' tails, for one generation. */
interface Tails {
  readonly generation: string;
  readonly events: TopicTail<Pending>;
  readonly vectors: TopicTail<Pending>;
}

/** Answers what became of an image: from the index, and from the tail of the log that has not reached it. */
export class ImageStatuses {
  readonly #options: ImageStatusesOptions;
  #tails: Tails | null = null;

  constructor(options: ImageStatusesOptions) {
    this.#options = options;
  }

  /** @throws `overloaded` when more images wait than may be remembered, `no-live-generation`. */
  async statusOf(imageId: ImageId): Promise<ImageStatus> {
    return statusFrom(await this.#lookUp(imageId));
  }

  /**
   * What a patch builds on: a state that does not hold, because its maker overlooked another one, is not yet taken back or never
   * will be. @throws as above.
   */
  async latest(imageId: ImageId): Promise<LatestState> {
    const found = await this.#lookUp(imageId);
    const { version, accepted } = statusFrom(found);
    const { partition, offset } = found.end;
    if (version === null) return { version, state: null, readTo: offset };
    const holds = await lastThatHolds(this.#options.log, imageId, { partition, offset: version });
    const readTo = Math.max(offset, version + 1);
    return holds === null
      ? { version, state: accepted, readTo }
      : { version: holds.version, state: holds.state, readTo };
  }

  /** What holds once an event of the image was appended that was made from what is below `readTo`. @throws `log-unavailable`. */
  async lastThatHolds(imageId: ImageId, appended: Position, readTo: number): Promise<LoggedState> {
    const last = await lastThatHolds(this.#options.log, imageId, appended, readTo);
    if (last !== null) return last;
    throw new LookalikeError(
      'log-unavailable',
      'The log does not show yet what was just written: a transaction is open.',
    );
  }

  /** A look-up starts over, once, where its generation, or its vectors too, was replaced and dropped between two steps. */
  async #lookUp(imageId: ImageId): Promise<Found> {
    const live = await this.#live();
    try {
      return await this.#lookUpIn(live, imageId);
    } catch (error) {
      if (!isOfWhatIsGone(error)) throw error;
      return this.#lookUpIn(await this.#live(), imageId);
    }
  }

  async #live(): Promise<Generation> {
    const live = await this.#options.index.live();
    if (live === null) throw new LookalikeError('no-live-generation', 'The index has no live generation yet.');
    return live;
  }

  async #lookUpIn(live: Generation, imageId: ImageId): Promise<Found> {
    const { index } = this.#options;
    const { events, vectors } = this.#tailsOf(live);
    // In the order of the data's way, so that what moves from one stage to the next meanwhile is seen at least once.
    const event = await events.last(imageId);
    const vector = await vectors.last(imageId);
    const [record = null] = await index.fetch([imageId], { generation: live.name });
    const visible = record?.version ?? -1;
    const newest = waitingAt('embed', event) ?? waitingAt('index', vector);
    return { record, pending: newest !== null && newest.version > visible ? newest : null, end: event.end };
  }

  #tailsOf({ name, schema }: Generation): Tails {
    if (this.#tails?.generation === name) return this.#tails;
    const { log, maxPending = MAX_PENDING } = this.#options;
    const { fingerprint } = schema.encoder;
    const tailOf = (topic: string, group: string, read: (record: LogRecord) => Pending | null) =>
      new TopicTail({ log, topic, group, read, maxKeys: maxPending });
    this.#tails = {
      generation: name,
      events: tailOf(IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), loggedState),
      vectors: tailOf(imageVectorsTopic(fingerprint), indexGroup(name), pendingVector),
    };
    return this.#tails;
  }
}

function isOfWhatIsGone(error: unknown): boolean {
  return isLookalikeError(error) && (error.code === 'generation-unknown' || error.code === 'topic-unknown');
}

function statusFrom({ record, pending }: Found): ImageStatus {
  const visibleVersion = record?.version ?? null;
  if (pending !== null) {
    const { version, state: accepted, ...waiting } = pending;
    return { state: 'waiting', version, visibleVersion, record, accepted, waiting };
  }
  const accepted = record === null || record.state === 'deleted' ? null : record.image;
  const state = record?.state ?? 'unknown';
  return { state, version: visibleVersion, visibleVersion, record, accepted, waiting: null };
}

function waitingAt(stage: Waiting['stage'], { value, ahead }: Last<Pending>): (Pending & Waiting) | null {
  return value === null ? null : { ...value, stage, ahead };
}

function pendingVector(record: LogRecord): Pending | null {
  const vector = nullIfOutcome(() => decodeVectorRecord(record));
  if (vector === null) return null;
  const { version, eventTimeMs } = vector;
  return { version, state: vector.state === 'deleted' ? null : vector.image, eventTimeMs };
}
