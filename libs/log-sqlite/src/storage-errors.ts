import { isLookalikeError, LookalikeError } from '#core';
import { isSystemError } from '#durable-files';

export const LOG_FILE = 'log.sqlite';

/**
 * A full, failing or read-only disk is `log-unavailable`, at opening and afterwards: nothing of the transaction is
 * written, and the same call works once the disk does. A damaged file is `log-damaged`: waiting does not mend it.
 * @param file its path, where the message goes to whoever starts the server.
 */
export function asLogError(error: unknown, file = LOG_FILE): unknown {
  if (isLookalikeError(error)) return error;
  const code = isSystemError(error) ? error.code : sqliteCode(error);
  if (typeof code !== 'string') return error;
  if (isSystemError(error) || /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM|BUSY|PERM)/.test(code)) {
    return new LookalikeError('log-unavailable', `The log's disk does not take or give records (${code}).`, {
      cause: error,
      facts: { storageError: code },
    });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return logDamaged(file, code, error);
  return new LookalikeError('internal', `The log's file is not as it should be (${code}).`, {
    cause: error,
    facts: { storageError: code },
  });
}

export function logDamaged(file: string, storageError: string, cause: unknown): LookalikeError {
  return new LookalikeError(
    'log-damaged',
    `The log's file ${file} is damaged (${storageError}). It is the truth and cannot be made from anything else: restore ` +
      'it from a backup and delete the index, which knows newer versions. Without one, the sqlite3 of sqlite.org (some ' +
      `distributions leave the command out) saves the events that can be read: sqlite3 ${LOG_FILE} .recover | sqlite3 recovered.sqlite`,
    { cause, facts: { storageError } },
  );
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** By name, not by class: Jest gives tests a realm of their own. */
function sqliteCode(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null;
}
