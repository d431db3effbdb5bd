import type { LookalikeError } from '#core';
import { storageError as storageErrorOf, systemCodeOf } from '#durable-files';

/** Runs file operations; what the system refuses (disk full, read-only, broken) becomes `storage-unavailable`. */
export async function onDisk<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storageError(error);
  }
}

export function storageError(error: unknown): LookalikeError {
  return storageErrorOf('The blob store', error);
}

export function isNotFound(error: unknown): boolean {
  return systemCodeOf(error) === 'ENOENT';
}
