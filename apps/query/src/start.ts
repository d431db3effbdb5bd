import type { Logger } from 'pino';
import {
  openClusterBlobs,
  openClusterIndex,
  openClusterLog,
  openEncoder,
  PortsModule,
  pictureReader,
  type RunningApp,
  startApp,
  untilThere,
} from '#bootstrap';
import type { Settings } from '#config';
import { BLOB_STORE, IMAGE_STATUSES, INTERACTIVE_ENCODER, PREPARE_PICTURE, SETTINGS, VECTOR_INDEX } from '#nest';
import { ImageStatuses } from '#pipeline';
import { QueryModule } from './query.module.js';

/**
 * Searches in Qdrant. Kafka is asked what became of an image: whether something newer of it waits, only the log knows. Searches
 * and thumbnails of ready images go on without it, so the application is ready without it too.
 */
export function startQuery(settings: Settings, logger: Logger): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    const log = opened.keep(openClusterLog(settings));
    const index = opened.keep(openClusterIndex(settings));
    const blobs = opened.keep(await openClusterBlobs(settings, logger));
    await untilThere('Qdrant', () => index.check(), logger);
    const { encoder, manifest } = await openEncoder(settings, logger);
    opened.keep(encoder);
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [VECTOR_INDEX, index],
      [BLOB_STORE, blobs],
      [INTERACTIVE_ENCODER, encoder.interactive],
      [PREPARE_PICTURE, pictureReader(manifest, settings)],
      [IMAGE_STATUSES, new ImageStatuses({ log, index })],
    ]);
    return { module: { module: class Query {}, imports: [ports, QueryModule] } };
  });
}
