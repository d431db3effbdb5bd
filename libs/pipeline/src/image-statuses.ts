import {
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type ImageId,
  type ImageState,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  partitionOf,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
  type Version,
} from '#core';
import { embedGroup, indexGroup } from './groups.js';

/** What is known of an image. `unknown`: neither the index nor the part of the log still to be indexed names it. */
export interface ImageStatus {
  readonly state: 'waiting' | 'ready' | 'failed' | 'deleted' | 'unknown';
  /** Of the last accepted event; `null` when unknown. */
  readonly version: Version | null;
  /** Of what searches see now. */
  readonly visibleVersion: Version | null;
  /** What searches see now; while `waiting`, the state before. */
  readonly record: StoredRecord | null;
}

/** The last accepted state of a living image, whether it is searchable yet or not. */
export interface LatestState {
  readonly version: Version;
  readonly state: ImageState;
}

export interface ImageStatusesOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  /** How many records behind a stage a look-up may read before it gives up. */
  readonly maxPending?: number;
}

interface Pending {
  readonly version: Version;
  /** `null` for a delete. */
  readonly state: ImageState | null;
}

const MAX_PENDING = 20_000;

/** Answers what became of an image: from the index, and from the tail of the log that has not reached it. */
export class ImageStatuses {
  readonly #log: EventLog;
  readonly #index: VectorIndex;
  readonly #maxPending: number;

  constructor({ log, index, maxPending }: ImageStatusesOptions) {
    this.#log = log;
    this.#index = index;
    this.#maxPending = maxPending ?? MAX_PENDING;
  }

  /** @throws `overloaded` when the stages are too far behind to look through what is waiting. */
  async statusOf(imageId: ImageId): Promise<ImageStatus> {
    const { record, pending } = await this.#lookUp(imageId);
    const visibleVersion = record?.version ?? null;
    if (pending !== null) return { state: 'waiting', version: pending.version, visibleVersion, record };
    return { state: record?.state ?? 'unknown', version: visibleVersion, visibleVersion, record };
  }

  /** `null` when the image is deleted or unknown. @throws `overloaded` as above. */
  async latest(imageId: ImageId): Promise<LatestState | null> {
    const { record, pending } = await this.#lookUp(imageId);
    if (pending !== null) return pending.state === null ? null : { version: pending.version, state: pending.state };
    return record === null || record.state === 'deleted' ? null : { version: record.version, state: record.image };
  }

  async #lookUp(imageId: ImageId): Promise<{ record: StoredRecord | null; pending: Pending | null }> {
    const live = await this.#index.live();
    if (live === null) throw new LookalikeError('no-live-generation', 'The index has no live generation yet.');
    const { fingerprint } = live.schema;
    // In the order of the data's way, so that what moves from one stage to the next meanwhile is seen at least once.
    const event = await this.#last(imageId, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), pendingEvent);
    const vector = await this.#last(imageId, imageVectorsTopic(fingerprint), indexGroup(live.name), pendingVector);
    const [record = null] = await this.#index.fetch([imageId], { generation: live.name });
    const visible = record?.version ?? -1;
    const newest = event ?? vector;
    return { record, pending: newest !== null && newest.version > visible ? newest : null };
  }

  async #last(
    imageId: ImageId,
    topic: string,
    group: string,
    read: (record: LogRecord) => Pending | null,
  ): Promise<Pending | null> {
    const marks = await this.#log.watermarks(topic);
    const partition = partitionOf(imageId, marks.length);
    const { low = 0, high = 0 } = marks[partition] ?? {};
    const from = Math.max(low, (await this.#log.committed(topic, group)).get(partition) ?? low);
    if (high - from > this.#maxPending) {
      throw new LookalikeError('overloaded', 'Too many events are waiting to tell what became of this image.', {
        facts: { waiting: high - from },
      });
    }
    let last: Pending | null = null;
    for await (const record of this.#log.read({ topic, partition, from, to: high })) {
      if (record.key === imageId) last = read(record) ?? last;
    }
    return last;
  }
}

function pendingEvent(record: LogRecord): Pending | null {
  let event: ImageEvent;
  try {
    event = decodeImageEvent(record);
  } catch {
    return null; // the embed stage will set it aside: it never changes the image
  }
  return { version: record.offset, state: event.kind === 'deleted' ? null : event.state };
}

function pendingVector(record: LogRecord): Pending | null {
  let vector: VectorRecord;
  try {
    vector = decodeVectorRecord(record);
  } catch {
    return null;
  }
  return { version: vector.version, state: vector.state === 'deleted' ? null : vector.image };
}
