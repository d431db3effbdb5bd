import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEncoder,
  imageVectorsTopic,
  type LogRecord,
  type NewRecord,
  type StoredRecord,
} from '#core';
import {
  BatchConsumer,
  type BatchConsumerOptions,
  createEmbedStage,
  createIndexStage,
  createRedriveStage,
  DeadLetters,
  DuplicateDecisions,
  ExportReader,
  embedGroup,
  ensureEventsTopic,
  ensureGeneration,
  exportLog,
  ImageStatuses,
  type ImportResult,
  importLog,
  indexGroup,
  LetterStates,
  PictureEmbedder,
  PositionTable,
  planExport,
  redriveGroup,
  requireVectors,
  stageProgress,
} from '#pipeline';
import {
  eventually,
  MemoryBlobStore,
  MemoryEventLog,
  type MemoryLogStorage,
  MemoryVectorIndex,
  noLinks,
  PixelEncoder,
  preparePlainPicture,
  recordsOf,
} from '#testkit';

/** What a collection is to whoever searches it, whatever its versions. */
export interface Shown {
  readonly state: StoredRecord['state'];
  readonly image?: unknown;
  readonly vectors?: unknown;
}

const inner = new PixelEncoder();
export const FINGERPRINT = inner.info.fingerprint;
export const VECTORS = imageVectorsTopic(FINGERPRINT);

/** A log with its stages, which run when they are let to; its pictures are copied along. */
export class Collection {
  /** Pictures that went through the model here. */
  embedded = 0;
  readonly #index = new MemoryVectorIndex();

  private constructor(
    readonly log: EventLog,
    readonly partitions: number,
    readonly blobs: MemoryBlobStore,
  ) {}

  static async of(log: EventLog, partitions: number, blobs = new MemoryBlobStore()): Promise<Collection> {
    const it = new Collection(log, partitions, blobs);
    await it.ensureTopics();
    return it;
  }

  async ensureTopics(): Promise<void> {
    const { log, partitions } = this;
    await ensureEventsTopic(log, partitions);
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions, retention: 'forever' });
    await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions, retention: 'forever' });
  }

  async publish(...events: readonly NewRecord[]): Promise<void> {
    await this.log.append(IMAGE_EVENTS_TOPIC, events);
  }

  async upload(...pictures: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pictures) await this.blobs.put(bytes, { maxBytes: 1000 });
  }

  get letters(): DeadLetters {
    return new DeadLetters(this.log, new LetterStates(this.log));
  }

  get decisions(): DuplicateDecisions {
    const { log, blobs } = this;
    return new DuplicateDecisions({ log, blobs, statuses: new ImageStatuses({ log, index: this.#index }) });
  }

  records(topic: string): Promise<LogRecord[]> {
    return recordsOf(this.log, topic);
  }

  /** Runs all stages until nothing is left to do. */
  async settle(): Promise<void> {
    const { log, partitions, blobs } = this;
    const index = this.#index;
    const embedder = new PictureEmbedder({
      blobs,
      fetchLink: noLinks,
      preparePicture: preparePlainPicture,
      encoder: this.#counted(),
      cacheBytes: 0,
      maxPictureBytes: 1000,
      maxEncodedBytes: 100,
    });
    const generation = await ensureGeneration({ log, index, encoder: inner.info, attributes: {} });
    await log.ensureTopic(VECTORS, { partitions, retention: 'compact' });
    await requireVectors(log, FINGERPRINT);
    const redrive = createRedriveStage({ log, index, embedder, generation, states: new LetterStates(log) });
    const embed = createEmbedStage(log, embedder);
    const embedding = { topic: IMAGE_EVENTS_TOPIC, group: embedGroup(FINGERPRINT), handler: embed };
    const indexing = {
      topic: VECTORS,
      group: indexGroup(generation.name),
      handler: createIndexStage(log, index, generation),
    };
    const redriving = { topic: DEAD_LETTER_ACTIONS_TOPIC, group: redriveGroup(FINGERPRINT), handler: redrive };
    // One after the other: whether a redrive fails or is superseded goes by how far the index is.
    for (const it of [embedding, indexing, redriving, indexing]) await runThrough(log, it);
  }

  /** What the index holds. */
  async shown(): Promise<Record<string, Shown>> {
    const shown: Record<string, Shown> = {};
    const live = await this.#index.live();
    for await (const records of this.#index.scan({ generation: live?.name ?? '', withVectors: true })) {
      for (const { imageId, version: _, ...rest } of records) shown[imageId] = rest;
    }
    return shown;
  }

  async versions(): Promise<Record<string, number>> {
    const versions: Record<string, number> = {};
    for (const record of await this.records(VECTORS)) {
      const { imageId, version } = decodeVectorRecord(record);
      versions[imageId] = Math.max(version, versions[imageId] ?? 0);
    }
    return versions;
  }

  #counted(): ImageEncoder {
    const encode: ImageEncoder['encode'] = (inputs) => {
      this.embedded += inputs.length;
      return inner.encode(inputs);
    };
    return { info: inner.info, waiting: 0, encode, close: async () => {} };
  }
}

type Stage = Pick<BatchConsumerOptions, 'topic' | 'group' | 'handler'>;

/** Until it has nothing left to do. */
async function runThrough(log: EventLog, stage: Stage): Promise<void> {
  const limits = { maxRecords: 50, maxBytes: 1_000_000, maxWaitMs: 5 };
  const consumer = new BatchConsumer({ log, ...stage, limits, batchesAhead: 2, retryDelayMs: { first: 1, max: 10 } });
  await consumer.start();
  try {
    await eventually(async () => expect((await stageProgress(log, stage.topic, stage.group)).lag).toBe(0), 60_000);
  } finally {
    await consumer.stop(5_000);
  }
}

/** The lines of an export. @param encoders as `planExport` takes them. */
export async function exported(log: EventLog, encoders: readonly string[] | null = null): Promise<Buffer> {
  const header = await planExport(log, { encoders });
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportLog(log, header)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function imported(lines: AsyncIterable<Uint8Array> | Uint8Array, log: EventLog, partitions: number) {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-transfer-'));
  const files = await Promise.all(['events', 'letters'].map((name) => open(join(folder, name), 'wx+')));
  const [events, letters] = files.map((file) => new PositionTable(file, 2)) as [PositionTable, PositionTable];
  try {
    const reader = await ExportReader.open(lines instanceof Uint8Array ? inPieces(lines) : lines);
    return (await importLog(reader, { log, partitions, events, letters })) as ImportResult;
  } finally {
    for (const file of files) await file.close();
    await rm(folder, { recursive: true });
  }
}

/** As a file gives them: pieces end anywhere. */
export async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Puts a record where no log adapter would. */
export function misplace(
  storage: MemoryLogStorage,
  partition: number,
  record: Omit<NewRecord, 'key'> & { key: string | null },
) {
  const topic = storage.topics.get(IMAGE_EVENTS_TOPIC);
  const offset = topic?.high[partition] ?? 0;
  topic?.records[partition]?.push({ ...record, topic: IMAGE_EVENTS_TOPIC, partition, offset, timestampMs: 1 });
  if (topic !== undefined) topic.high[partition] = offset + 1;
}

export async function memoryCollection(partitions: number, storage: MemoryLogStorage): Promise<Collection> {
  return Collection.of(new MemoryEventLog(storage), partitions);
}
