import type { Logger } from 'pino';
import {
  ensureStageTopics,
  namedEncoder,
  OnnxEncoders,
  type Opened,
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
import { BLOB_STORE, ENCODERS, EVENT_LOG, FETCH_LINK, SETTINGS, VECTOR_INDEX } from '#nest';
import { ProjectingIndex, readProjection } from '#pipeline';
import { EmbedderModule } from './embedder.module.js';
import { followGenerations } from './follow-generations.js';

/** Runs the stages of its roles, from Kafka to Kafka and to Qdrant; one of many, if need be. */
export function startEmbedder(settings: Settings, logger: Logger): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    const log = opened.keep(openClusterLog(settings));
    const index = new ProjectingIndex(opened.keep(openClusterIndex(settings)), (it) => readProjection(log, it));
    const { roles } = settings.embedder;
    const embedding = roles.includes('embed') ? await openEmbedding(settings, logger, opened) : null;
    const named = await namedEncoder(settings);
    await untilThere('Kafka', () => ensureStageTopics(log, settings, logger), logger);
    await untilThere('Qdrant', () => index.check(), logger);
    const encoders = embedding?.encoders ?? null;
    const place = settings.qdrant.prefix;
    const following = await untilThere(
      'Kafka and Qdrant',
      () => followGenerations({ log, index, named, encoders, place, settings, logger }),
      logger,
    );
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [EVENT_LOG, log],
      [VECTOR_INDEX, index],
      ...(embedding?.ports ?? []),
    ]);
    const module = EmbedderModule.serving({ ...following, roles });
    return { module: { module: class Embedder {}, imports: [ports, module] }, stages: following.stages };
  });
}

/** What only the embed stage needs. */
async function openEmbedding(settings: Settings, logger: Logger, opened: Opened) {
  const blobs = opened.keep(await openClusterBlobs(settings, logger));
  const links = await openLinks(settings, opened);
  const encoders = opened.keep(new OnnxEncoders(settings, logger));
  const ports = [
    [BLOB_STORE, blobs],
    [ENCODERS, encoders],
    [FETCH_LINK, links.fetch.bind(links)],
  ] as const;
  return { encoders, ports };
}
