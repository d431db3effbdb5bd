import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Logger, pino } from 'pino';
import { Opened, openLinks } from '#bootstrap';
import { type Environment, loadSettings, type Settings } from '#config';
import {
  COPY_LINKS_TOPIC,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type Encoders,
  IMAGE_EVENTS_TOPIC,
  type VectorIndex,
} from '#core';
import { BLOB_STORE, createHttpApp, ENCODERS, EVENT_LOG, FETCH_LINK, SETTINGS, VECTOR_INDEX } from '#nest';
import { ProjectingIndex, readProjection } from '#pipeline';
import { MemoryBlobStore, MemoryEventLog, oneEncoder, PixelEncoder, preparePlainPicture } from '#testkit';
import { EmbedderModule, followGenerations } from '../../apps/embedder/src/index.js';

/** The embedder application on loopback, with both stages at work; ports in memory, an encoder without a model. */
export class EmbedderServer {
  readonly log = new MemoryEventLog();
  readonly blobs = new MemoryBlobStore();
  readonly index: VectorIndex;
  url = '';
  readonly #opened = new Opened();
  #app: NestExpressApplication | undefined;

  constructor(
    stored: VectorIndex,
    private readonly env: Environment = {},
    private readonly logger: Logger = pino({ level: 'silent' }),
  ) {
    this.index = new ProjectingIndex(stored, (it) => readProjection(this.log, it));
  }

  async start(): Promise<this> {
    const encoder = new PixelEncoder();
    const settings = loadSettings({ LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS: '1', LOOKALIKE_PARTITIONS: '1', ...this.env });
    const topic = { partitions: 1, retention: 'forever' } as const;
    for (const name of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC, COPY_LINKS_TOPIC]) {
      await this.log.ensureTopic(name, topic);
    }
    const { roles } = settings.embedder;
    const encoders = { ...oneEncoder(encoder, preparePlainPicture), keepOnly: async () => {} };
    const following = await followGenerations({
      log: this.log,
      index: this.index,
      named: encoder.info,
      encoders: roles.includes('embed') ? encoders : null,
      settings,
      logger: this.logger,
    });
    const ports = [
      { provide: SETTINGS, useValue: settings },
      { provide: EVENT_LOG, useValue: this.log },
      { provide: VECTOR_INDEX, useValue: this.index },
      ...(roles.includes('embed') ? await this.#embedding(encoders, settings) : []),
    ];
    @Global()
    @Module({ providers: ports, exports: ports.map(({ provide }) => provide) })
    class Ports {}
    const module = {
      module: class Root {},
      imports: [Ports, EmbedderModule.serving({ ...following, roles })],
    };
    this.#app = await createHttpApp(module, settings, this.logger);
    this.#app.connectMicroservice({ strategy: following.stages });
    await this.#app.startAllMicroservices();
    await this.#app.listen(0, '127.0.0.1');
    this.url = await this.#app.getUrl();
    return this;
  }

  async #embedding(encoders: Encoders, settings: Settings) {
    const links = await openLinks(settings, this.#opened);
    return [
      { provide: BLOB_STORE, useValue: this.blobs },
      { provide: ENCODERS, useValue: encoders },
      { provide: FETCH_LINK, useValue: links.fetch.bind(links) },
    ];
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    await this.#opened.close();
  }
}
