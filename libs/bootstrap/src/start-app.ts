import type { DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { Settings } from '#config';
import { createHttpApp, type EventLogServer } from '#nest';
import { refuseOpenDoor } from './open-door.js';
import { Opened } from './opened.js';
import { asStartError } from './start-errors.js';

export interface RunningApp {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops serving, finishes what is under way, closes what was opened. */
  close(): Promise<void>;
}

/** What an application is made of. */
export interface AppParts {
  readonly module: DynamicModule;
  /** What it consumes, if it does. */
  readonly stages?: EventLogServer;
}

/**
 * Opens what an application needs, starts its stages and serves. What `open` keeps in `opened` is closed with the
 * application, and when it does not start.
 * @throws LookalikeError what keeps it from starting.
 */
export async function startApp(
  settings: Settings,
  logger: Logger,
  open: (opened: Opened) => Promise<AppParts>,
): Promise<RunningApp> {
  const opened = new Opened();
  let app: NestExpressApplication | undefined;
  try {
    await refuseOpenDoor(settings);
    const { module, stages } = await open(opened);
    app = await createHttpApp(module, settings, logger);
    if (stages !== undefined) {
      app.connectMicroservice({ strategy: stages });
      await app.startAllMicroservices();
    }
    const { host, port } = settings.server;
    await app.listen(port, host);
    const started = app;
    return { url: await started.getUrl(), close: () => started.close() };
  } catch (error) {
    // Why it does not start matters more than what then fails to close.
    const failed = (failure: unknown) => logger.error({ err: failure }, 'closing failed');
    await app?.close().catch(failed);
    await opened.close().catch(failed);
    throw asStartError(error, settings);
  }
}
