import { LookalikeError } from '#core';

/** Worth trying again at the same address: a cut, a stall, a busy server. What has arrived is kept. */
export class TransientDownloadError extends Error {
  override readonly name = 'TransientDownloadError';

  constructor(
    message: string,
    /** False when not even a connection was made. */
    readonly wasReached: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** This address will not give the file: not found, another size, another hash. */
export class RefusedDownloadError extends Error {
  override readonly name = 'RefusedDownloadError';

  constructor(
    message: string,
    /** The hash of what came, when the whole file came. */
    readonly foundSha256?: string,
  ) {
    super(message);
  }
}

/** An error of the file system, as Node throws it; those of the network come wrapped by `fetch`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;
}

export function storageError(error: NodeJS.ErrnoException): LookalikeError {
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const what = isFull ? 'The disk of the models folder is full' : 'The models folder cannot be used';
  return new LookalikeError('storage-unavailable', `${what}: ${error.message}.`, {
    cause: error,
    facts: { systemCode: error.code },
  });
}

/** An address without what may be secret: mirrors can carry a password or a token. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
