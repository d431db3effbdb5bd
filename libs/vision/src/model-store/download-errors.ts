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

/** An address without what may be secret: mirrors can carry a password or a token. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
