import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { LookalikeError } from '#core';
import { ensureSchema } from './schema.js';
import { asLogError, isBusy } from './storage-errors.js';

const FILE_NAME = 'log.sqlite';
const WAL_MAX_BYTES = 64 * 1_048_576;

/** Opens the folder's file for this process alone. @throws `data-folder-in-use`, `log-unavailable`, `invalid-setting`. */
export function openLogFile(folder: string): Database.Database {
  let db: Database.Database | undefined;
  try {
    const madeFrom = mkdirSync(folder, { recursive: true });
    // No busy timeout: a folder in use is an answer, given at once.
    db = new Database(join(folder, FILE_NAME), { timeout: 0 });
    // Held until the process ends, however it ends: the system releases it on kill -9. First, so that the WAL's index
    // is kept in this process and not in a file beside it, for which a full disk has no room.
    db.pragma('locking_mode = EXCLUSIVE');
    // Before WAL and the first table, or it has no effect.
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    // The library's default in WAL is NORMAL, which may lose acknowledged records when the machine stops.
    db.pragma('synchronous = FULL');
    db.pragma(`journal_size_limit = ${WAL_MAX_BYTES}`);
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    ensureSchema(db);
    syncFolders(folder, madeFrom);
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) {
      throw new LookalikeError('data-folder-in-use', `The data folder ${folder} is in use by another process.`, {
        cause: error,
        facts: { folder },
      });
    }
    throw asLogError(error);
  }
}

/** A file is durable only with its name: SQLite syncs neither the file's folder on creation nor the folder's own. */
function syncFolders(folder: string, madeFrom: string | undefined): void {
  const last = madeFrom === undefined ? resolve(folder) : dirname(resolve(madeFrom));
  for (let path = resolve(folder); ; path = dirname(path)) {
    const handle = openSync(path, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (path === last || path === dirname(path)) return;
  }
}
