import { LookalikeError } from '#core';

/** An error of the file system, as Node throws it; those of the network come wrapped by `fetch`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;
}

export function systemCodeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

/**
 * `storage-unavailable`: what the system refuses (disk full, read-only, broken).
 * @param where "The blob store": the path stays in the cause, because messages reach users.
 */
export function storageError(where: string, error: unknown): LookalikeError {
  const systemCode = systemCodeOf(error);
  return new LookalikeError('storage-unavailable', `${where} cannot use its disk${reason(systemCode)}.`, {
    cause: error,
    facts: { systemCode },
  });
}

function reason(systemCode: string): string {
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') return ': it is full';
  if (systemCode === 'EROFS') return ': it is read-only';
  if (systemCode === 'EACCES' || systemCode === 'EPERM') return ': access is denied';
  return ` (${systemCode})`;
}
