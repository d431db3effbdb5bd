import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Logger, pino } from 'pino';
import type { Settings } from '#config';
import { createHttpApp, EventLogServer } from '#nest';
import { ensureGeneration } from '#pipeline';
import { EmbedderModule, stageSubscriptions } from '../../embedder/src/index.js';
import { IngestModule } from '../../ingest/src/index.js';
import { QueryModule } from '../../query/src/index.js';
import { type EmbeddedPorts, openEmbeddedPorts } from './embedded-ports.js';
import { PortsModule } from './ports.module.js';
import { asStartError, makeDataFolder } from './start-errors.js';

export interface Standalone {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops serving, finishes what is under way, closes the data folder. */
  close(): Promise<void>;
}

/** Ingest, embedder and query in one process on one port. @throws LookalikeError what keeps it from starting. */
export async function startStandalone(
  settings: Settings,
  logger: Logger = pino({ level: settings.logging.level }),
): Promise<Standalone> {
  await makeDataFolder(settings);
  const ports = await openEmbeddedPorts(settings, logger).catch((error: unknown) => {
    throw asStartError(error, settings);
  });
  let app: NestExpressApplication | undefined;
  try {
    app = await createApp(ports, settings, logger);
    await app.startAllMicroservices();
    const { host, port } = settings.server;
    await app.listen(port, host);
    const started = app;
    return { url: await started.getUrl(), close: () => started.close() };
  } catch (error) {
    await app?.close().catch(() => {});
    await ports.close();
    throw asStartError(error, settings);
  }
}

async function createApp(ports: EmbeddedPorts, settings: Settings, logger: Logger): Promise<NestExpressApplication> {
  const { log, index, encoder } = ports;
  const generation = await ensureGeneration({
    log,
    index,
    encoder: encoder.info,
    attributes: settings.index.attributes,
  });
  const stages = new EventLogServer({
    stages: stageSubscriptions(log, encoder.info, generation, settings),
    shutdownTimeoutMs: settings.server.shutdownTimeoutSeconds * 1000,
  });
  const module = {
    module: class StandaloneModule {},
    imports: [PortsModule.of(ports, settings), IngestModule, EmbedderModule.serving(generation, stages), QueryModule],
  };
  const app = await createHttpApp(module, settings, logger);
  app.connectMicroservice({ strategy: stages });
  return app;
}
