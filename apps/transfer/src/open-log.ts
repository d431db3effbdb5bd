import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { MAX_RECORD_BYTES, makeDataFolder, openClusterLog } from '#bootstrap';
import type { Settings } from '#config';
import { type EventLog, LookalikeError } from '#core';
import { openSqliteLog } from '#log-sqlite';
import type { TransferRequest } from './messages.js';

/**
 * The log by the settings, as its server opens it. Standalone's is open in one process at a time.
 * @throws `data-folder-in-use`, `invalid-setting`, `log-unavailable`, `log-damaged`.
 */
export async function openLog(
  { profile, action }: Pick<TransferRequest, 'profile' | 'action'>,
  settings: Settings,
  logger: Logger,
): Promise<EventLog> {
  if (profile === 'cluster') return openClusterLog(settings);
  const { dataFolder } = settings.storage;
  const folder = join(dataFolder, 'log');
  // Opening would make an empty one.
  if (action === 'export' && !existsSync(folder)) throw noLog(dataFolder);
  await makeDataFolder(settings);
  return openSqliteLog({
    folder,
    maxRecordBytes: MAX_RECORD_BYTES,
    onBackgroundError: (error) => logger.warn({ err: error }, 'compacting the log failed; it will be repeated'),
  });
}

/** Tells apart indexes that are filled from one log, as their servers do. */
export function placeOf({ profile }: Pick<TransferRequest, 'profile'>, { qdrant }: Settings): string {
  return profile === 'cluster' ? qdrant.prefix : '';
}

function noLog(dataFolder: string): LookalikeError {
  return new LookalikeError(
    'invalid-setting',
    `LOOKALIKE_DATA_DIR is ${JSON.stringify(dataFolder)}, but there is no log in it.`,
    { facts: { setting: 'LOOKALIKE_DATA_DIR', found: dataFolder } },
  );
}
