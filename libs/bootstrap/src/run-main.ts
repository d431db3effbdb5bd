import { type Logger, pino } from 'pino';
import { loadSettings, type Settings } from '#config';
import { isLookalikeError } from '#core';
import type { RunningApp } from './start-app.js';
import { exitCodeOf } from './start-errors.js';

/** What a program that started us listens for, over IPC. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url: string;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The whole life of an application's process, but for its end: that is Nest's, by signal, once it has started. */
export function runMain(start: (settings: Settings, logger: Logger) => Promise<RunningApp>): void {
  let settings: Settings | null = null;
  const run = async () => {
    settings = loadSettings();
    const logger = pino({ level: settings.logging.level });
    // A start may wait for servers for as long as they take. Nothing is begun yet that would have to end.
    const leave = () => process.exit(0);
    for (const signal of SIGNALS) process.once(signal, leave);
    const { url } = await start(settings, logger);
    for (const signal of SIGNALS) process.off(signal, leave);
    logger.info({ url }, 'ready');
    process.send?.({ type: 'ready', url } satisfies ReadyMessage);
  };
  run().catch((error: unknown) => {
    // A refusal that names its reason needs no stack; anything else is a bug and does.
    if (isLookalikeError(error)) process.stderr.write(`${error.code}: ${error.message}\n`);
    else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(exitCodeOf(error, settings));
  });
}
