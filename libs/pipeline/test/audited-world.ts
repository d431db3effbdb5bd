import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  type GenerationSchema,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  type NewRecord,
  parseImageId,
  partitionOf,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import {
  type AuditOptions,
  type AuditReport,
  auditGeneration,
  type BatchHandler,
  createEmbedStage,
  createIndexStage,
  createRedriveStage,
  embedGroup,
  endOf,
  hasPassed,
  indexGroup,
  LetterStates,
  PictureEmbedder,
  redriveGroup,
} from '#pipeline';
import {
  IndexMemory,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryLogStorage,
  MemoryVectorIndex,
  noLinks,
  PixelEncoder,
  preparePlainPicture,
} from '#testkit';

const LIMITS = { maxRecords: 100, maxBytes: 1_000_000, maxWaitMs: 0 };
const GENERATION = 'audited';

/** A log, both stages and an index in memory, with a way to change the index behind its back. */
export class AuditedWorld {
  readonly storage = new MemoryLogStorage();
  readonly log = new MemoryEventLog(this.storage);
  readonly blobs = new MemoryBlobStore();
  readonly encoder = new PixelEncoder();
  readonly vectorsTopic = imageVectorsTopic(this.encoder.info.fingerprint);
  readonly generation: { readonly name: string; readonly schema: GenerationSchema };
  readonly memory = new IndexMemory();
  readonly index = new MemoryVectorIndex(this.memory);

  private constructor(readonly tempFolder: string) {
    const { name, fingerprint, trained, manifest, vectors } = this.encoder.info;
    const schema: GenerationSchema = {
      log: 'log',
      encoder: { name, fingerprint, trained, manifest },
      vectors: vectors.map((it) => ({ ...it, datatype: 'float32', role: 'searched' })),
      attributes: {},
      settings: {},
    };
    this.generation = { name: GENERATION, schema };
  }

  static async open(partitions = 3): Promise<AuditedWorld> {
    const world = new AuditedWorld(await mkdtemp(join(tmpdir(), 'lookalike-audited-')));
    const { log, vectorsTopic, generation } = world;
    await mkdir(world.tempFolder, { recursive: true });
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' });
    await log.ensureTopic(vectorsTopic, { partitions: 2, retention: 'compact' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions: 1, retention: 'forever' });
    await world.index.createGeneration(generation.name, generation.schema);
    return world;
  }

  async close(): Promise<void> {
    await this.log.close();
    await rm(this.tempFolder, { recursive: true });
  }

  embedder(): PictureEmbedder {
    const { blobs, encoder } = this;
    const limits = { cacheBytes: 0, maxPictureBytes: 1000, maxEncodedBytes: 100_000 };
    return new PictureEmbedder({ blobs, encoder, fetchLink: noLinks, preparePicture: preparePlainPicture, ...limits });
  }

  async put(...pictures: readonly Uint8Array[]): Promise<void> {
    for (const picture of pictures) await this.blobs.put(picture, { maxBytes: 1000 });
  }

  async append(...events: readonly NewRecord[]): Promise<void> {
    await this.log.append(IMAGE_EVENTS_TOPIC, events);
  }

  /** Appends, and lets both stages do their work. */
  async take(...events: readonly NewRecord[]): Promise<void> {
    await this.append(...events);
    await this.embed();
    await this.fill();
  }

  /** The embed stage, up to the end of the events. */
  async embed(): Promise<void> {
    const { log, encoder } = this;
    const group = embedGroup(encoder.info.fingerprint);
    await drain(log, IMAGE_EVENTS_TOPIC, group, createEmbedStage(log, this.embedder()));
  }

  /** What was asked for of dead letters, up to the end of the actions. Their topic must be there. */
  async redrive(): Promise<void> {
    const { log, index, generation, encoder } = this;
    const stage = createRedriveStage({
      log,
      index,
      generation,
      embedder: this.embedder(),
      states: new LetterStates(log),
    });
    await drain(log, DEAD_LETTER_ACTIONS_TOPIC, redriveGroup(encoder.info.fingerprint), stage);
  }

  /** The index stage, up to the end of the vectors. */
  async fill(): Promise<void> {
    const { log, index, generation, vectorsTopic } = this;
    await drain(log, vectorsTopic, indexGroup(generation.name), createIndexStage(log, index, generation));
  }

  /** What the index holds, to be changed without its guard. */
  get records(): Map<string, VectorRecord> {
    const stored = this.memory.generations.get(GENERATION);
    if (stored === undefined) throw new Error('There is no generation.');
    return stored.records;
  }

  record(imageId: string): VectorRecord {
    const record = this.records.get(imageId);
    if (record === undefined) throw new Error(`There is no ${imageId}.`);
    return record;
  }

  change(imageId: string, changes: Partial<VectorRecord>): void {
    this.records.set(imageId, { ...this.record(imageId), ...changes } as VectorRecord);
  }

  /** Of the image's partition of the events. */
  endOf(imageId: string): number {
    const high = this.storage.topics.get(IMAGE_EVENTS_TOPIC)?.high ?? [];
    return high[partitionOf(imageId, high.length)] ?? 0;
  }

  /** As if the last vector record of these images had never been written. */
  loseVectors(...imageIds: readonly string[]): void {
    for (const records of this.storage.topics.get(this.vectorsTopic)?.records ?? []) {
      for (const imageId of imageIds) {
        const at = records.findLastIndex(({ key }) => key === imageId);
        if (at >= 0) records.splice(at, 1);
      }
    }
  }

  async audit(options: Partial<AuditOptions> = {}): Promise<AuditReport> {
    const { log, index, generation, tempFolder } = this;
    return auditGeneration({ log, index, generation, tempFolder, waitMs: 0, ...options });
  }

  async leftInTempFolder(): Promise<readonly string[]> {
    return readdir(this.tempFolder);
  }
}

export function deletedRecord(imageId: string, version: number): VectorRecord {
  return { imageId: parseImageId(imageId), version, eventTimeMs: 1, state: 'deleted' };
}

/** `kind imageId` of every example, sorted. */
export function foundIn({ comparison }: AuditReport): string[] {
  const found = Object.values(comparison?.findings ?? {}).flatMap(({ examples }) => examples);
  return found.map(({ kind, imageId }) => `${kind} ${imageId}`).sort();
}

/** An index that does something before its n-th scan or fetch ends, or answers otherwise. */
export function indexWith(index: VectorIndex, changes: Partial<VectorIndex>): VectorIndex {
  return new Proxy(index, {
    get(target, name) {
      const changed = Reflect.get(changes, name);
      const found = changed ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(changed === undefined ? target : changes) : found;
    },
  });
}

export const idOf = (text: string): ImageId => parseImageId(text);

async function drain(log: EventLog, topic: string, group: string, handler: BatchHandler): Promise<void> {
  const marks = await endOf(log, topic);
  const subscription = await log.subscribe({ topic, group, limits: LIMITS });
  while (!(await hasPassed(log, topic, group, marks))) {
    const batch = (await subscription.next()) ?? [];
    const effect = await handler(batch);
    await effect(() => true);
    await subscription.commit(new Map(batch.map(({ partition, offset }) => [partition, offset + 1])));
  }
  await subscription.close();
}
