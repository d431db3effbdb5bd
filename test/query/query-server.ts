import { createServer } from 'node:http';
import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { pino } from 'pino';
import { loadSettings } from '#config';
import {
  type Attributes,
  type FetchLink,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type NewRecord,
  type Position,
  type PreparePicture,
  parseImageId,
  type ReadyRecord,
  unitVector,
  type VectorRecord,
  type Version,
} from '#core';
import { BLOB_STORE, createHttpApp, ENCODERS, FETCH_LINK, IMAGE_STATUSES, SETTINGS, VECTOR_INDEX } from '#nest';
import { ImageStatuses } from '#pipeline';
import {
  addedEvent,
  deletedEvent,
  MemoryBlobStore,
  MemoryEventLog,
  MemoryVectorIndex,
  noLinks,
  oneEncoder,
  PixelEncoder,
  stateOf,
} from '#testkit';
import { createPreparePicture, DEFAULT_PICTURE_LIMITS } from '#vision';
import { QueryModule } from '../../apps/query/src/index.js';

const LIVE = 'first';

/** The query application on loopback: the real picture path and HTTP, ports in memory, an encoder without a model. */
export class QueryServer {
  readonly index = new MemoryVectorIndex();
  readonly blobs = new MemoryBlobStore();
  readonly encoder = new PixelEncoder();
  readonly log = new MemoryEventLog();
  readonly statuses = new ImageStatuses({ log: this.log, index: this.index });
  readonly preparePicture = createPreparePicture({
    rule: { kind: 'stretch', width: 64, height: 64, kernel: 'cubic' },
    limits: DEFAULT_PICTURE_LIMITS,
  });
  /** What the server prepares pictures with; a test may watch or break it. */
  prepare: PreparePicture = (bytes, region) => this.preparePicture(bytes, region);
  fetchLink: FetchLink = noLinks;
  url = '';
  http = createServer();
  #app: NestExpressApplication | undefined;

  /** `settings` by their variables. */
  async start(settings: Record<string, string> = {}, others: readonly unknown[] = []): Promise<this> {
    const values = loadSettings(settings);
    await this.log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: 1, retention: 'forever' });
    // So that no image of a test has version 0, which is easily the right one by chance.
    await this.log.append(IMAGE_EVENTS_TOPIC, [deletedEvent('earlier'), deletedEvent('earlier')]);
    const providers = [
      { provide: SETTINGS, useValue: values },
      { provide: VECTOR_INDEX, useValue: this.index },
      { provide: BLOB_STORE, useValue: this.blobs },
      { provide: ENCODERS, useValue: oneEncoder(this.encoder, (bytes, region) => this.prepare(bytes, region)) },
      { provide: FETCH_LINK, useValue: (...args: Parameters<FetchLink>) => this.fetchLink(...args) },
      { provide: IMAGE_STATUSES, useValue: this.statuses },
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
    await this.log.ensureTopic(imageVectorsTopic(fingerprint), { partitions: 1, retention: 'compact' });
    const encoder = { ...this.encoder.info, fingerprint };
    const attributes = { album: 'string' } as const;
    await this.index.createGeneration(name, { log: 'test', encoder, vectors, attributes, settings: {} });
    await this.index.makeLive(name);
  }

  /** Accepted, and no stage has it yet. @returns its version. */
  async accept(event: NewRecord): Promise<Version> {
    const [position] = await this.log.append(IMAGE_EVENTS_TOPIC, [event]);
    return (position as Position).offset;
  }

  /** Accepted and visible to searches, as are the ones below. */
  async addPicture(id: string, bytes: Uint8Array, attributes: Attributes = {}): Promise<ReadyRecord> {
    const image = stateOf(bytes, attributes);
    const version = await this.accept(addedEvent(id, image));
    const { perceptualHash, width, height, thumbnail, pixels } = await this.preparePicture(bytes);
    const [features = {}] = await this.encoder.encode([{ pixels }]);
    const record: ReadyRecord = {
      imageId: parseImageId(id),
      version,
      eventTimeMs: 0,
      state: 'ready',
      image,
      vectors: Object.fromEntries(Object.entries(features).map(([name, values]) => [name, unitVector(values)])),
      perceptualHash,
      width,
      height,
      thumbnail: (await this.blobs.put(thumbnail, { maxBytes: 1_000_000 })).sha256,
    };
    await this.apply(record);
    return record;
  }

  async addFailed(id: string): Promise<Version> {
    const image = stateOf(Buffer.from(id));
    const version = await this.accept(addedEvent(id, image));
    const reason = { code: 'picture-damaged', message: 'The picture is damaged.' } as const;
    await this.apply({ imageId: parseImageId(id), version, eventTimeMs: 0, state: 'failed', image, reason });
    return version;
  }

  async addDeleted(id: string): Promise<Version> {
    const version = await this.accept(deletedEvent(id));
    await this.apply({ imageId: parseImageId(id), version, eventTimeMs: 0, state: 'deleted' });
    return version;
  }

  async apply(record: VectorRecord): Promise<void> {
    await this.index.apply(((await this.index.live()) as Generation).name, [record]);
  }
}
