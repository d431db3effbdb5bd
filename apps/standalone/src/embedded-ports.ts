import { join } from 'node:path';
import type { Logger } from 'pino';
import { openFolderBlobs } from '#blobs-folder';
import type { Settings } from '#config';
import {
  type BlobStore,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type PreparePicture,
  type VectorIndex,
} from '#core';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { createPreparePicture, type OnnxEncoder } from '#vision';
import { openEncoder } from './open-encoder.js';
import { pictureLimits } from './picture-limits.js';

/** A vector record with several vectors, or an event with the largest attributes, stays far below. */
const MAX_RECORD_BYTES = 1024 * 1024;

/** The ports on the embedded adapters, and how to close them. */
export interface EmbeddedPorts {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly blobs: BlobStore;
  readonly encoder: OnnxEncoder;
  readonly preparePicture: PreparePicture;
  close(): Promise<void>;
}

/**
 * Opens everything under the data folder. The log comes first: it is what tells a second process to stay away.
 * @throws `data-folder-in-use`, `storage-unavailable`, `model-…`, `invalid-setting`; then nothing stays open.
 */
export async function openEmbeddedPorts(settings: Settings, logger: Logger): Promise<EmbeddedPorts> {
  const { dataFolder, partitions } = settings.storage;
  const opened: { close(): Promise<void> }[] = [];
  const keep = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const port = await opening;
    opened.push(port);
    return port;
  };
  const close = async () => {
    // In the order opposite to opening: the log goes last, so that nobody else opens a folder that is still written.
    const failures: unknown[] = [];
    for (const port of opened.splice(0).reverse()) await port.close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const log = await keep(
      openSqliteLog({
        folder: join(dataFolder, 'log'),
        maxRecordBytes: MAX_RECORD_BYTES,
        onBackgroundError: (error) => logger.error({ err: error }, 'compacting the log failed; it will be repeated'),
      }),
    );
    const blobs = await keep(openFolderBlobs({ folder: join(dataFolder, 'blobs') }));
    const index = await keep(
      openLanceIndex({
        folder: join(dataFolder, 'index'),
        indexCacheBytes: settings.index.cacheBytes,
        onBackgroundError: (error) =>
          logger.error({ err: error }, 'background work of the index failed; it will be repeated'),
      }),
    );
    const { encoder, manifest } = await openEncoder(settings, logger);
    opened.push(encoder);
    await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' });
    await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions, retention: 'forever' });
    await log.ensureTopic(imageVectorsTopic(encoder.info.fingerprint), { partitions, retention: 'compact' });
    const preparePicture = createPreparePicture({
      rule: manifest.input.resize,
      limits: pictureLimits(settings),
    });
    return { log, index, blobs, encoder, preparePicture, close };
  } catch (error) {
    // Why it does not start matters more than what then fails to close.
    await close().catch((failure) => logger.error({ err: failure }, 'closing failed'));
    throw error;
  }
}
