import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { isSystemError, makeDurableFolder } from '#durable-files';
import { checkFile } from './check-file.js';
import { RefusedDownloadError, shownAddress, TransientDownloadError } from './download-errors.js';
import { type FetchOptions, fetchIntoPart } from './fetch-into-part.js';
import { licenceNote, licencePath } from './licence-note.js';
import type { ModelFile } from './model-file.js';
import { PartFile } from './part-file.js';

export interface DownloadOptions extends FetchOptions {
  /** At one address, in a row; bytes that arrive earn new ones. */
  readonly tries: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** What an address answered, when it was not the file. */
export interface FailedAddress {
  readonly address: string;
  readonly error: TransientDownloadError | RefusedDownloadError;
}

/** A round of tries that brought this much earns another round, so a line that keeps breaking gets there in the end. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * Brings the file from the first address that has it, to `path`, verified and durable.
 * @returns nothing when it is there, else what each address said.
 */
export async function downloadModel(
  model: ModelFile,
  path: string,
  addresses: readonly string[],
  options: DownloadOptions,
): Promise<readonly FailedAddress[] | null> {
  await makeDurableFolder(dirname(path));
  const part = await PartFile.claim(path);
  try {
    const failed: FailedAddress[] = [];
    for (const url of addresses) {
      const error = await bringFrom(url, part, path, model, options);
      if (error === null) return null;
      failed.push({ address: shownAddress(url), error });
    }
    await part.rest();
    return failed;
  } catch (error) {
    // A full disk harms everyone on it; 138 MB can be fetched again.
    const putAway = isSystemError(error) ? part.discard() : part.rest();
    await putAway.catch(() => {});
    throw error;
  }
}

async function bringFrom(
  url: string,
  part: PartFile,
  path: string,
  model: ModelFile,
  options: DownloadOptions,
): Promise<TransientDownloadError | RefusedDownloadError | null> {
  try {
    await fetchVerified(url, part, model, options);
    await writeFile(licencePath(path), licenceNote(model));
    await part.publish(path);
    return null;
  } catch (error) {
    if (error instanceof TransientDownloadError || error instanceof RefusedDownloadError) return error;
    throw error;
  }
}

/** A wrong hash of bytes that were put together from several answers gets one more chance, from the start. */
async function fetchVerified(url: string, part: PartFile, model: ModelFile, options: DownloadOptions): Promise<void> {
  for (let isLastChance = false; ; isLastChance = true) {
    const { joined } = await fetchPatiently(url, part, model, options);
    const check = await checkFile(part.workingPath, model, options.signal);
    if (check.state === 'verified') return;
    await part.discard();
    if (check.state === 'missing') throw new RefusedDownloadError('the download was removed while it ran');
    if (!joined || isLastChance) {
      throw new RefusedDownloadError(`it sends another file (SHA-256 ${check.foundSha256})`, check.foundSha256);
    }
  }
}

async function fetchPatiently(url: string, part: PartFile, model: ModelFile, options: DownloadOptions) {
  const policy = retry(
    handleWhen((error) => error instanceof TransientDownloadError),
    {
      maxAttempts: options.tries - 1,
      backoff: new ExponentialBackoff({ initialDelay: options.firstBackoffMs, maxDelay: options.maxBackoffMs }),
    },
  );
  let running: Promise<unknown> = Promise.resolve();
  const attempt = () => {
    options.signal?.throwIfAborted();
    const fetching = fetchIntoPart(part, url, model, options);
    running = fetching;
    return fetching;
  };
  for (;;) {
    const before = await part.size();
    try {
      return await untilAborted(policy.execute(attempt, options.signal), options.signal);
    } catch (error) {
      // Nobody writes to the part any more once this function is left.
      await running.catch(() => {});
      const gained = (await part.size()) - before;
      if (!(error instanceof TransientDownloadError) || gained < PROGRESS_BYTES) throw error;
    }
  }
}

/** The policy does not look at the signal while it waits between tries. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const listener = () => reject(signal.reason);
    signal.addEventListener('abort', listener, { once: true });
    stopListening = () => signal.removeEventListener('abort', listener);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
