import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { openFolderBlobs } from '#blobs-folder';
import {
  ensureStageTopics,
  headInspector,
  MAX_RECORD_BYTES,
  makeDataFolder,
  namedEncoder,
  OnnxEncoders,
  openLinks,
  PortsModule,
  type RunningApp,
  startApp,
} from '#bootstrap';
import type { Settings } from '#config';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { BLOB_STORE, ENCODERS, EVENT_LOG, FETCH_LINK, IMAGE_STATUSES, SETTINGS, VECTOR_INDEX } from '#nest';
import { ImageStatuses, ProjectingIndex, readProjection } from '#pipeline';
import { EmbedderModule, followGenerations } from '../../embedder/src/index.js';
import { INSPECT_HEAD, IngestModule, LINKS } from '../../ingest/src/index.js';
import { QueryModule } from '../../query/src/index.js';
import { CopiesModule } from './copies.module.js';

/**
 * Ingest, embedder and query in one process on one port, with everything they keep under the data folder.
 * @throws `data-folder-in-use`, `storage-unavailable`, `model-…`, `invalid-setting`.
 */
export function startStandalone(
  settings: Settings,
  logger: Logger = pino({ level: settings.logging.level }),
): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    await makeDataFolder(settings);
    const folder = (name: string) => join(settings.storage.dataFolder, name);
    const onBackgroundError = (what: string) => (error: unknown) =>
      logger.error({ err: error }, `${what} failed; it will be repeated`);
    // The log comes first: it is what tells a second process to stay away, until everything else is closed.
    const log = opened.keep(
      await openSqliteLog({
        folder: folder('log'),
        maxRecordBytes: MAX_RECORD_BYTES,
        onBackgroundError: onBackgroundError('compacting the log'),
      }),
    );
    const blobs = opened.keep(await openFolderBlobs({ folder: folder('blobs') }));
    const stored = opened.keep(
      await openLanceIndex({
        folder: folder('index'),
        indexCacheBytes: settings.index.cacheBytes,
        onBackgroundError: onBackgroundError('background work of the index'),
      }),
    );
    const index = new ProjectingIndex(stored, (it) => readProjection(log, it));
    const links = await openLinks(settings, opened);
    const named = await namedEncoder(settings);
    const encoders = opened.keep(new OnnxEncoders(settings, logger));
    await ensureStageTopics(log, settings, logger);
    const following = await followGenerations({ log, index, named, encoders, settings, logger });
    const { roles } = settings.embedder;
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [EVENT_LOG, log],
      [VECTOR_INDEX, index],
      [BLOB_STORE, blobs],
      [ENCODERS, encoders],
      [IMAGE_STATUSES, new ImageStatuses({ log, index })],
      [INSPECT_HEAD, headInspector(settings)],
      [FETCH_LINK, links.fetch.bind(links)],
      [LINKS, links],
    ]);
    const imports = [ports, CopiesModule, IngestModule, EmbedderModule.serving({ ...following, roles }), QueryModule];
    return { module: { module: class Standalone {}, imports }, stages: following.stages };
  });
}
