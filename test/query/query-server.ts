import { createServer } from 'node:http';
import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { pino } from 'pino';
import { loadSettings } from '#config';
import {
  type Attributes,
  type Generation,
  type ImageState,
  type PreparePicture,
  parseImageId,
  type ReadyRecord,
  unitVector,
  type VectorRecord,
} from '#core';
import {
  BLOB_STORE,
  createHttpApp,
  IMAGE_STATUSES,
  INTERACTIVE_ENCODER,
  PREPARE_PICTURE,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
import type { ImageStatus } from '#pipeline';
import { MemoryBlobStore, MemoryVectorIndex, PixelEncoder, stateOf } from '#testkit';
import { createPreparePicture, DEFAULT_PICTURE_LIMITS } from '#vision';
import { QueryModule } from '../../apps/query/src/index.js';

const LIVE = 'first';

/** The query application on loopback: the real picture path and HTTP, ports in memory, an encoder without a model. */
export class QueryServer {
  readonly index = new MemoryVectorIndex();
  readonly blobs = new MemoryBlobStore();
  readonly encoder = new PixelEncoder();
  /** Versions that the log has and the index has not. */
  readonly pending = new Map<string, number>();
  /** States of pending versions; without one it is a delete. */
  readonly accepted = new Map<string, ImageState>();
  readonly preparePicture = createPreparePicture({
    rule: { kind: 'stretch', width: 64, height: 64, kernel: 'cubic' },
    limits: DEFAULT_PICTURE_LIMITS,
  });
  /** What the server prepares pictures with; a test may watch or break it. */
  prepare: PreparePicture = (bytes) => this.preparePicture(bytes);
  url = '';
  http = createServer();
  #app: NestExpressApplication | undefined;

  /** `settings` by their variables. */
  async start(settings: Record<string, string> = {}, others: readonly unknown[] = []): Promise<this> {
    const values = loadSettings(settings);
    const providers = [
      { provide: SETTINGS, useValue: values },
      { provide: VECTOR_INDEX, useValue: this.index },
      { provide: BLOB_STORE, useValue: this.blobs },
      { provide: INTERACTIVE_ENCODER, useValue: this.encoder },
      { provide: PREPARE_PICTURE, useValue: (bytes: Uint8Array) => this.prepare(bytes) },
      { provide: IMAGE_STATUSES, useValue: this },
    ];
    @Global()
    @Module({ providers, exports: providers.map(({ provide }) => provide) })
    class Ports {}
    @Module({ imports: [Ports, QueryModule], controllers: others as never[] })
    class Root {}
    this.#app = await createHttpApp(Root, values, pino({ level: 'silent' }));
    await this.#app.listen(0, '127.0.0.1');
    this.http = this.#app.getHttpServer();
    this.url = await this.#app.getUrl();
    return this;
  }

  stop(): Promise<void> {
    return this.#app?.close() ?? Promise.resolve();
  }

  async makeLive(name = LIVE, fingerprint = this.encoder.info.fingerprint): Promise<void> {
    const vectors = this.encoder.info.vectors.map((it) => ({
      ...it,
      datatype: 'float32' as const,
      role: 'searched' as const,
    }));
    await this.index.createGeneration(name, { log: 'test', fingerprint, vectors, attributes: { album: 'string' } });
    await this.index.makeLive(name);
  }

  async addPicture(id: string, bytes: Uint8Array, version = 0, attributes: Attributes = {}): Promise<ReadyRecord> {
    const { perceptualHash, width, height, thumbnail, pixels } = await this.preparePicture(bytes);
    const [features = {}] = await this.encoder.encode([{ pixels }]);
    const record: ReadyRecord = {
      imageId: parseImageId(id),
      version,
      eventTimeMs: 0,
      state: 'ready',
      image: stateOf(bytes, attributes),
      vectors: Object.fromEntries(Object.entries(features).map(([name, values]) => [name, unitVector(values)])),
      perceptualHash,
      width,
      height,
      thumbnail: (await this.blobs.put(thumbnail, { maxBytes: 1_000_000 })).sha256,
    };
    await this.apply(record);
    return record;
  }

  async apply(record: VectorRecord): Promise<void> {
    await this.index.apply(((await this.index.live()) as Generation).name, [record]);
  }

  async addFailed(id: string, version = 0): Promise<void> {
    await this.apply({
      imageId: parseImageId(id),
      version,
      eventTimeMs: 0,
      state: 'failed',
      image: stateOf(Buffer.from(id)),
      reason: { code: 'picture-damaged', message: 'The picture is damaged.' },
    });
  }

  async addDeleted(id: string, version = 0): Promise<void> {
    await this.apply({ imageId: parseImageId(id), version, eventTimeMs: 0, state: 'deleted' });
  }

  /** Stands for the log: what is pending is waiting, everything else is as the index has it. */
  async statusOf(id: string): Promise<ImageStatus> {
    const [record = null] = await this.index.fetch([parseImageId(id)]);
    const visibleVersion = record?.version ?? null;
    const version = this.pending.get(id) ?? null;
    if (version !== null && version > (visibleVersion ?? -1)) {
      return { state: 'waiting', version, visibleVersion, record, accepted: this.accepted.get(id) ?? null };
    }
    const accepted = record === null || record.state === 'deleted' ? null : record.image;
    return { state: record?.state ?? 'unknown', version: visibleVersion, visibleVersion, record, accepted };
  }
}
