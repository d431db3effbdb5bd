import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LookalikeError } from '#core';
import { makeDurableFolder, syncFolder } from '#durable-files';
import { ensureSchema } from './schema.js';
import { asLogError, isBusy, LOG_FILE, logDamaged } from './storage-errors.js';

const WAL_MAX_BYTES = 64 * 1_048_576;
/**
 * A larger file is not read through at the start; there damage is met by whoever reads it. 350 MB take 0.15 s from
 * memory, and as long as the disk needs to give them.
 */
const CHECKED_MAX_BYTES = 2 ** 30;

/**
 * Opens the folder's file for this process alone.
 * @throws `data-folder-in-use`, `log-unavailable`, `log-damaged`, `invalid-setting`.
 */
export async function openLogFile(folder: string): Promise<Database.Database> {
  const file = join(folder, LOG_FILE);
  let db: Database.Database | undefined;
  try {
    await makeDurableFolder(folder);
    // No busy timeout: a folder in use is an answer, given at once.
    db = new Database(file, { timeout: 0 });
    // Held until the process ends, however it ends: the system releases it on kill -9. First, so that the WAL's index
    // is kept in this process and not in a file beside it, for which a full disk has no room.
    db.pragma('locking_mode = EXCLUSIVE');
    // Before WAL and the first table, or it has no effect.
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    // The library's default in WAL is NORMAL, which may lose acknowledged records when the machine stops.
    db.pragma('synchronous = FULL');
    // What is deleted is overwritten within its page. Whole pages are not, which would take compaction four times as long:
    // those are given back where nothing may stay (`forget`).
    db.pragma('secure_delete = FAST');
    db.pragma(`journal_size_limit = ${WAL_MAX_BYTES}`);
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    checkPages(db, file);
    ensureSchema(db);
    // SQLite does not sync the name of a file that it has just made.
    await syncFolder(folder);
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) {
      throw new LookalikeError('data-folder-in-use', `The data folder ${folder} is in use by another process.`, {
        cause: error,
        facts: { folder },
      });
    }
    throw asLogError(error, file);
  }
}

/** @throws `log-damaged`. */
function checkPages(db: Database.Database, file: string): void {
  const simple = { simple: true };
  const pages = db.pragma('page_count', simple) as number;
  if (pages * (db.pragma('page_size', simple) as number) > CHECKED_MAX_BYTES) return;
  const found = db.pragma('quick_check(1)', simple) as string;
  if (found !== 'ok') throw logDamaged(file, 'SQLITE_CORRUPT', new Error(found));
}
