import type { Logger } from 'pino';
import {
  ensureStageTopics,
  type Opened,
  openClusterBlobs,
  openClusterIndex,
  openClusterLog,
  openEncoder,
  openLinks,
  PortsModule,
  pictureReader,
  type RunningApp,
  startApp,
  untilThere,
} from '#bootstrap';
import type { Settings } from '#config';
import type { EncoderInfo } from '#core';
import { BLOB_STORE, EVENT_LOG, FETCH_LINK, IMAGE_ENCODER, PREPARE_PICTURE, SETTINGS, VECTOR_INDEX } from '#nest';
import { ensureGeneration } from '#pipeline';
import { encoderInfo, findEncoderManifest } from '#vision';
import { EmbedderModule } from './embedder.module.js';
import { createStages } from './stages.js';

/** Runs the stages of its roles, from Kafka to Kafka and to Qdrant; one of many, if need be. */
export function startEmbedder(settings: Settings, logger: Logger): Promise<RunningApp> {
  return startApp(settings, logger, async (opened) => {
    const log = opened.keep(openClusterLog(settings));
    const index = opened.keep(openClusterIndex(settings));
    const { roles } = settings.embedder;
    const embedding = roles.includes('embed') ? await openEmbedding(settings, logger, opened) : null;
    const encoder = embedding?.encoder ?? encoderInfo(await findEncoderManifest(settings.encoder.name));
    await untilThere('Kafka', () => ensureStageTopics(log, encoder.fingerprint, settings, logger), logger);
    const { attributes } = settings.index;
    await untilThere('Qdrant', () => index.check(), logger);
    const generation = await untilThere(
      'Kafka and Qdrant',
      () => ensureGeneration({ log, index, place: settings.qdrant.prefix, encoder, attributes }),
      logger,
    );
    const stages = createStages({ log, encoder, generation }, settings);
    const ports = PortsModule.of(opened, [
      [SETTINGS, settings],
      [EVENT_LOG, log],
      [VECTOR_INDEX, index],
      ...(embedding?.ports ?? []),
    ]);
    const module = EmbedderModule.serving({ encoder, generation, stages, roles });
    return { module: { module: class Embedder {}, imports: [ports, module] }, stages };
  });
}

/** What only the embed stage needs. */
async function openEmbedding(settings: Settings, logger: Logger, opened: Opened) {
  const blobs = opened.keep(await openClusterBlobs(settings, logger));
  const links = await openLinks(settings, opened);
  const { encoder, manifest } = await openEncoder(settings, logger);
  opened.keep(encoder);
  const ports = [
    [BLOB_STORE, blobs],
    [IMAGE_ENCODER, encoder],
    [PREPARE_PICTURE, pictureReader(manifest, settings)],
    [FETCH_LINK, links.fetch.bind(links)],
  ] as const;
  return { encoder: encoder.info satisfies EncoderInfo, ports };
}
