import {
  type EventLog,
  encodeImageEvent,
  type GenerationSchema,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type ImageState,
  type LogRecord,
  partitionOf,
  type ReadOptions,
  type StoredRecord,
  type VectorIndex,
} from '#core';

const PARTITIONS = 4;
/** Of so many images one is changed, one deleted, and one not a picture. */
const EVERY = { changed: 10, deleted: 50, failed: 100 } as const;
const SHA256 = 'ab'.repeat(32);

export const SCHEMA: GenerationSchema = {
  log: 'synthetic',
  encoder: { name: 'none', fingerprint: 'none', trained: false, manifest: {} },
  vectors: [{ name: 'fc', size: 4096, datatype: 'float32', role: 'searched' }],
  attributes: {},
  settings: {},
};

interface SyntheticEvent {
  readonly at: number;
  readonly imageId: ImageId;
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly offset: number;
  readonly isLast: boolean;
}

/** A log and the index that is its fold, of so many images, made up as they are read: of each one byte is kept. */
export class SyntheticFold {
  readonly #ends: readonly number[];
  /** Of each image. */
  readonly #partitions: Uint8Array;
  /** Some images that the index shall not have, so that there is something to find. */
  readonly #missing: number;

  constructor(
    private readonly images: number,
    missing: number,
  ) {
    this.#missing = missing;
    this.#partitions = Uint8Array.from({ length: images }, (_, at) => partitionOf(idOf(at), PARTITIONS));
    this.#ends = Array.from({ length: PARTITIONS }, (_, partition) => {
      let end = 0;
      for (const _ of this.#eventsOf(partition)) end += 1;
      return end;
    });
  }

  get events(): number {
    return this.#ends.reduce((sum, it) => sum + it, 0);
  }

  get log(): EventLog {
    const ends = this.#ends;
    const log: Partial<EventLog> = {
      watermarks: async (topic) =>
        topic === IMAGE_EVENTS_TOPIC
          ? ends.map((high, partition) => ({ partition, low: 0, high }))
          : [{ partition: 0, low: 0, high: 0 }],
      committed: async () => new Map(ends.entries()),
      read: (options) => this.#read(options),
    };
    return log as EventLog;
  }

  get index(): VectorIndex {
    const index: Partial<VectorIndex> = {
      count: async () => ({ ready: this.images, failed: 0, deleted: 0 }),
      fetch: async () => [],
      scan: (options) => this.#scan(options?.batchSize ?? 1_000),
    };
    return index as VectorIndex;
  }

  async *#read({ partition, from, to = Number.POSITIVE_INFINITY }: ReadOptions): AsyncGenerator<LogRecord> {
    for (const event of this.#eventsOf(partition)) {
      if (event.offset < from) continue;
      if (event.offset >= to) return;
      yield recordOf(event, partition);
    }
  }

  async *#scan(batchSize: number): AsyncGenerator<readonly StoredRecord[]> {
    let batch: StoredRecord[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const event of this.#eventsOf(partition)) {
        if (!event.isLast || event.at < this.#missing) continue;
        batch.push(storedOf(event));
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
    }
    yield batch;
  }

  *#eventsOf(partition: number): Generator<SyntheticEvent> {
    let offset = 0;
    for (const isSecond of [false, true]) {
      for (let at = 0; at < this.images; at++) {
        const isChanged = at % EVERY.changed === 0;
        if (isSecond && !isChanged) continue;
        if (this.#partitions[at] !== partition) continue;
        const kind = !isSecond ? 'added' : at % EVERY.deleted === 0 ? 'deleted' : 'updated';
        yield { at, imageId: idOf(at), kind, offset, isLast: isSecond || !isChanged };
        offset += 1;
      }
    }
  }
}

function idOf(at: number): ImageId {
  return `album-${at % 1000}/photo-${at}` as ImageId;
}

const IMAGE: ImageState = {
  uri: `blob:${SHA256}`,
  sha256: SHA256,
  sizeBytes: 1_000_000,
  mediaType: 'image/jpeg',
  attributes: { title: 'Photo', year: 2026, tags: ['holiday', 'beach'] },
};
const HEAD = { eventId: 'event', source: '/bench', imageId: 'image' as ImageId, timeMs: 1_700_000_000_000 };
/** Encoded once, since making them up shall not take longer than reading them. */
const ENCODED = {
  added: encodeImageEvent({ ...HEAD, kind: 'added', state: IMAGE }),
  updated: encodeImageEvent({ ...HEAD, kind: 'updated', state: IMAGE }),
  deleted: encodeImageEvent({ ...HEAD, kind: 'deleted' }),
};

function recordOf({ imageId, kind, offset }: SyntheticEvent, partition: number): LogRecord {
  const { value, headers } = ENCODED[kind];
  return {
    topic: IMAGE_EVENTS_TOPIC,
    partition,
    offset,
    timestampMs: HEAD.timeMs,
    key: imageId,
    value,
    headers: { ...headers, ce_subject: imageId },
  };
}

const EVENT_TIME = { eventTimeMs: HEAD.timeMs };
const READY = { image: IMAGE, perceptualHash: '0'.repeat(16), width: 1, height: 1, thumbnail: SHA256 };
const DAMAGED = { image: IMAGE, reason: { code: 'picture-damaged', message: 'It is damaged.' } } as const;

function storedOf({ at, imageId, kind, offset: version }: SyntheticEvent): StoredRecord {
  if (kind === 'deleted') return { imageId, version, state: 'deleted', ...EVENT_TIME };
  if (at % EVERY.failed === 1) return { imageId, version, state: 'failed', ...EVENT_TIME, ...DAMAGED };
  return { imageId, version, state: 'ready', ...EVENT_TIME, ...READY };
}
