import type { Logger } from 'pino';
import {
  namedEncoder,
  OnnxEncoders,
  openClusterBlobs,
  openClusterIndex,
  openClusterLog,
  openLinks,
  PortsModule,
  type RunningApp,
  startApp,
  untilThere,
} from '#bootstrap';
import type { Settings } from '#config';
import { BLOB_STORE, ENCODERS, EVENT_LOG, FETCH_LINK, IMAGE_STATUSES, SETTINGS, VECTOR_INDEX } from '#nest';
import { ImageStatuses, ProjectingIndex, readProjection } from '#pipeline';
import { FollowedEncoders } from './followed-encoders.js';
import { QueryModule } from './query.module.js';

/**
 * Searches in Qdrant. Kafka is asked what became of an image: whether something newer of it waits, only the log knows. Searches
 * and thumbnails of ready images go on without it, so the application is ready without it too.
 */
export function startQuery(settings: Settings, logger: Logger): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    const log = opened.keep(openClusterLog(settings));
    const index = new ProjectingIndex(opened.keep(openClusterIndex(settings)), (it) => readProjection(log, it));
    const blobs = opened.keep(await openClusterBlobs(settings, logger));
    await untilThere('Qdrant', () => index.check(), logger);
    const encoders = opened.keep(new OnnxEncoders(settings, logger));
    await encoders.running((await index.live())?.schema.encoder ?? (await namedEncoder(settings)));
    const links = await openLinks(settings, opened);
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [EVENT_LOG, log],
      [VECTOR_INDEX, index],
      [BLOB_STORE, blobs],
      [ENCODERS, encoders],
      [FETCH_LINK, links.fetch.bind(links)],
      [IMAGE_STATUSES, new ImageStatuses({ log, index })],
    ]);
    const followed = { provide: FollowedEncoders, useValue: new FollowedEncoders(index, encoders, logger) };
    return { module: { module: class Query {}, imports: [ports, QueryModule], providers: [followed] } };
  });
}
