import { createServer } from 'node:http';
import { Global, Module, type Type } from '@nestjs/common';
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
import {
  BLOB_STORE,
  createHttpApp,
  ENCODERS,
  EVENT_LOG,
  FETCH_LINK,
  IMAGE_STATUSES,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
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
      { provide: EVENT_LOG, useValue: this.log },
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
    const schema = { log: 'test', encoder, vectors, attributes, greyCopies: true, settings: {} };
    await this.index.createGeneration(name, schema);
    await this.index.makeLive(name);
  }

  /** What the application has made of this class. */
  part<T>(type: Type<T>): T {
    if (this.#app === undefined) throw new Error('The server is not started.');
    return this.#app.get(type);
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
    const { perceptualHash, width, height, makeThumbnail, pixels, greyCopy } = await this.preparePicture(bytes);
    const [output] = await this.encoder.encode([{ pixels }]);
    const record: ReadyRecord = {
      imageId: parseImageId(id),
      version,
      eventTimeMs: 0,
      state: 'ready',
      image,
      vectors: Object.fromEntries(
        Object.entries(output?.vectors ?? {}).map(([name, values]) => [name, unitVector(values)]),
      ),
      perceptualHash,
      width,
      height,
      thumbnail: (await this.blobs.put(await makeThumbnail(), { maxBytes: 1_000_000 })).sha256,
      greyCopy,
    };
    await this.apply(record);
    return record;
  }

  /** With its bytes in the store, as a search by a part of it or for its copies takes them. */
  async addStored(id: string, bytes: Uint8Array, attributes: Attributes = {}): Promise<void> {
    await this.blobs.put(bytes, { maxBytes: bytes.byteLength });
    await this.addPicture(id, bytes, attributes);
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
