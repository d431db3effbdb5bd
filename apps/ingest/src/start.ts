import type { Logger } from 'pino';
import {
  ensurePublishTopics,
  headInspector,
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
import { BLOB_STORE, EVENT_LOG, IMAGE_STATUSES, SETTINGS } from '#nest';
import { ImageStatuses } from '#pipeline';
import { FIND_COPIES } from './check/duplicate.js';
import { copiesByQuery } from './check/query-application.js';
import { IngestModule } from './ingest.module.js';
import { INSPECT_HEAD, LINKS } from './tokens.js';

/** Takes changes over REST into Kafka. The index is only asked what a patch builds on. */
export function startIngest(settings: Settings, logger: Logger): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    const log = opened.keep(openClusterLog(settings));
    const index = opened.keep(openClusterIndex(settings));
    const blobs = opened.keep(await openClusterBlobs(settings, logger));
    const links = await openLinks(settings, opened);
    await untilThere('Kafka', () => ensurePublishTopics(log, settings, logger), logger);
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [EVENT_LOG, log],
      [BLOB_STORE, blobs],
      [IMAGE_STATUSES, new ImageStatuses({ log, index })],
      [INSPECT_HEAD, headInspector(settings)],
      [LINKS, links],
      [FIND_COPIES, copiesByQuery(settings.check)],
    ]);
    return { module: { module: class Ingest {}, imports: [ports, IngestModule] } };
  });
}
