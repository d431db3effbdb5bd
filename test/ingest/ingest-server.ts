import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { openFolderBlobs } from '#blobs-folder';
import { Opened, openLinks } from '#bootstrap';
import { loadSettings } from '#config';
import {
  type BlobStore,
  decodeImageEvent,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  imageVectorsTopic,
  type Position,
} from '#core';
import { openSqliteLog } from '#log-sqlite';
import { BLOB_STORE, createHttpApp, EVENT_LOG, IMAGE_STATUSES, SETTINGS } from '#nest';
import { ensureGeneration, ImageStatuses } from '#pipeline';
import { MemoryVectorIndex, PixelEncoder, recordsOf } from '#testkit';
import { inspectHead } from '#vision';
import { FIND_COPIES, type FindCopies, INSPECT_HEAD, IngestModule, LINKS } from '../../apps/ingest/src/index.js';

export interface Logged {
  readonly event: ImageEvent;
  readonly position: Position;
}

export interface IngestServer {
  readonly url: string;
  readonly http: Server;
  readonly log: EventLog;
  readonly blobs: BlobStore;
  /** Every event of the log, per image in order. */
  events(): Promise<readonly Logged[]>;
  /** Names of all files in the blob folder, half-written ones too. */
  blobFiles(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface IngestOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Stands in for a method of the log, to count its calls or to fail. */
  readonly append?: (log: EventLog, ...args: Parameters<EventLog['append']>) => ReturnType<EventLog['append']>;
  /** What finds copies of a picture. Default: nothing does, as without LOOKALIKE_QUERY_URL. */
  readonly findCopies?: FindCopies;
  /** Where everything is kept. Default: a temporary folder, removed by `close`. */
  readonly folder?: string;
  readonly logger?: Logger;
}

/** The ingest application on a free port of loopback, with the log and the blobs of the embedded profile. */
export async function startIngest(options: IngestOptions = {}): Promise<IngestServer> {
  const { env = {}, append, findCopies, logger = pino({ level: 'silent' }) } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'ingest-')));
  const settings = loadSettings({ LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS: '2', ...env });
  const log = await openSqliteLog({
    folder: join(folder, 'log'),
    maxRecordBytes: 1_048_576,
    onBackgroundError: () => {},
  });
  await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: settings.storage.partitions, retention: 'forever' });
  const blobs = await openFolderBlobs({ folder: join(folder, 'blobs') });
  const opened = new Opened();
  const links = await openLinks(settings, opened);
  const ports = [
    { provide: LINKS, useValue: links },
    { provide: SETTINGS, useValue: settings },
    { provide: EVENT_LOG, useValue: append === undefined ? log : withAppend(log, append) },
    { provide: BLOB_STORE, useValue: blobs },
    { provide: INSPECT_HEAD, useValue: inspectHead },
    { provide: IMAGE_STATUSES, useValue: await statusesOf(log) },
    ...(findCopies === undefined ? [] : [{ provide: FIND_COPIES, useValue: findCopies }]),
  ];

  @Global()
  @Module({ providers: ports, exports: ports.map(({ provide }) => provide) })
  class Ports {}

  @Module({ imports: [Ports, IngestModule] })
  class Root {}

  const app = await createHttpApp(Root, settings, logger);
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    http: app.getHttpServer(),
    log,
    blobs,
    events: () => eventsOf(log),
    blobFiles: async () => {
      const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
      return entries.filter((it) => it.isFile()).map((it) => it.name);
    },
    close: async () => {
      await app.close();
      await opened.close();
      await log.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}

function withAppend(log: EventLog, append: NonNullable<IngestOptions['append']>): EventLog {
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'append') return append.bind(null, target);
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function eventsOf(log: EventLog): Promise<readonly Logged[]> {
  return (await recordsOf(log, IMAGE_EVENTS_TOPIC)).map((record) => {
    const { partition, offset } = record;
    return { event: decodeImageEvent(record), position: { partition, offset } };
  });
}

/** Nobody embeds or indexes here: all of the log is still to come. */
async function statusesOf(log: EventLog): Promise<ImageStatuses> {
  const index = new MemoryVectorIndex();
  const encoder = new PixelEncoder().info;
  await log.ensureTopic(imageVectorsTopic(encoder.fingerprint), { partitions: 1, retention: 'compact' });
  await ensureGeneration({ log, index, encoder, attributes: {} });
  return new ImageStatuses({ log, index });
}
