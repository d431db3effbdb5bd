#!/usr/bin/env node
import { pino } from 'pino';
import { loadSettings, type Settings } from '#config';
import { isLookalikeError } from '#core';
import { startStandalone } from './standalone.js';
import { exitCodeOf } from './start-errors.js';

/** What a program that started us listens for, over IPC. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url: string;
}

let settings: Settings | null = null;

async function main(): Promise<void> {
  settings = loadSettings();
  const logger = pino({ level: settings.logging.level });
  const { url } = await startStandalone(settings, logger);
  logger.info({ url }, 'ready');
  process.send?.({ type: 'ready', url } satisfies ReadyMessage);
}

main().catch((error: unknown) => {
  // A refusal that names its reason needs no stack; anything else is a bug and does.
  if (isLookalikeError(error)) process.stderr.write(`${error.code}: ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(exitCodeOf(error, settings));
});
