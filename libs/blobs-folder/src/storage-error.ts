import { LookalikeError } from '#core';

/** Runs file operations; what the system refuses (disk full, read-only, broken) becomes `storage-unavailable`. */
export async function onDisk<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storageError(error);
  }
}

/** The path stays in the cause: messages reach users. */
export function storageError(error: unknown): LookalikeError {
  const systemCode = systemCodeOf(error);
  return new LookalikeError('storage-unavailable', `The blob store cannot use its disk${reason(systemCode)}.`, {
    cause: error,
    facts: { systemCode },
  });
}

export function isNotFound(error: unknown): boolean {
  return systemCodeOf(error) === 'ENOENT';
}

function systemCodeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

function reason(systemCode: string): string {
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') return ': it is full';
  if (systemCode === 'EROFS') return ': it is read-only';
  if (systemCode === 'EACCES' || systemCode === 'EPERM') return ': access is denied';
  return ` (${systemCode})`;
}
