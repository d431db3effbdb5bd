import { isLookalikeError, LookalikeError } from '#core';
import { isSystemError } from '#durable-files';

/**
 * A full, failing or read-only disk is `log-unavailable`, at opening and afterwards: nothing of the transaction is
 * written, and the same call works once the disk does. A damaged file is `internal`: waiting does not mend it.
 */
export function asLogError(error: unknown): unknown {
  if (isLookalikeError(error)) return error;
  const code = isSystemError(error) ? error.code : sqliteCode(error);
  if (typeof code !== 'string') return error;
  if (isSystemError(error) || /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|NOMEM|BUSY|PERM)/.test(code)) {
    return new LookalikeError('log-unavailable', `The log's disk does not take or give records (${code}).`, {
      cause: error,
      facts: { storageError: code },
    });
  }
  return new LookalikeError('internal', `The log's file is damaged or misused (${code}).`, {
    cause: error,
    facts: { storageError: code },
  });
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** By name, not by class: Jest gives tests a realm of their own. */
function sqliteCode(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null;
}
