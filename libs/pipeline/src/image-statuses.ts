import {
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type ImageId,
  type ImageState,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
  type Version,
} from '#core';
import { embedGroup, indexGroup } from './groups.js';
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

/** The last accepted state of a living image, whether it is searchable yet or not. */
export interface LatestState {
  readonly version: Version;
  readonly state: ImageState;
}

export interface ImageStatusesOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** Waiting images remembered per stage and partition; about 150 bytes each. */
  readonly maxPending?: number;
}

interface Pending {
  readonly version: Version;
  /** `null` for a delete. */
  readonly state: ImageState | null;
  readonly eventTimeMs: number;
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
    const { record, pending } = await this.#lookUp(imageId);
    const visibleVersion = record?.version ?? null;
    if (pending !== null) {
      const { version, state: accepted, ...waiting } = pending;
      return { state: 'waiting', version, visibleVersion, record, accepted, waiting };
    }
    const accepted = record === null || record.state === 'deleted' ? null : record.image;
    const state = record?.state ?? 'unknown';
    return { state, version: visibleVersion, visibleVersion, record, accepted, waiting: null };
  }

  /** `null` when the image is deleted or unknown. @throws as above. */
  async latest(imageId: ImageId): Promise<LatestState | null> {
    const { version, accepted } = await this.statusOf(imageId);
    return version === null || accepted === null ? null : { version, state: accepted };
  }

  async #lookUp(imageId: ImageId): Promise<{ record: StoredRecord | null; pending: (Pending & Waiting) | null }> {
    const { index } = this.#options;
    const live = await index.live();
    if (live === null) throw new LookalikeError('no-live-generation', 'The index has no live generation yet.');
    const { events, vectors } = this.#tailsOf(live);
    // In the order of the data's way, so that what moves from one stage to the next meanwhile is seen at least once.
    const event = await events.last(imageId);
    const vector = await vectors.last(imageId);
    const [record = null] = await index.fetch([imageId], { generation: live.name });
    const visible = record?.version ?? -1;
    const newest = waitingAt('embed', event) ?? waitingAt('index', vector);
    return { record, pending: newest !== null && newest.version > visible ? newest : null };
  }

  #tailsOf({ name, schema }: Generation): Tails {
    if (this.#tails?.generation === name) return this.#tails;
    const { log, maxPending = MAX_PENDING } = this.#options;
    const { fingerprint } = schema;
    const tailOf = (topic: string, group: string, read: (record: LogRecord) => Pending | null) =>
      new TopicTail({ log, topic, group, read, maxKeys: maxPending });
    this.#tails = {
      generation: name,
      events: tailOf(IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), pendingEvent),
      vectors: tailOf(imageVectorsTopic(fingerprint), indexGroup(name), pendingVector),
    };
    return this.#tails;
  }
}

function waitingAt(stage: Waiting['stage'], { value, ahead }: Last<Pending>): (Pending & Waiting) | null {
  return value === null ? null : { ...value, stage, ahead };
}

function pendingEvent(record: LogRecord): Pending | null {
  let event: ImageEvent;
  try {
    event = decodeImageEvent(record);
  } catch {
    return null; // the embed stage will set it aside: it never changes the image
  }
  const state = event.kind === 'deleted' ? null : event.state;
  return { version: record.offset, state, eventTimeMs: event.timeMs };
}

function pendingVector(record: LogRecord): Pending | null {
  let vector: VectorRecord;
  try {
    vector = decodeVectorRecord(record);
  } catch {
    return null;
  }
  const { version, eventTimeMs } = vector;
  return { version, state: vector.state === 'deleted' ? null : vector.image, eventTimeMs };
}
