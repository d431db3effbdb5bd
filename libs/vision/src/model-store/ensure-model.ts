import { join, resolve } from 'node:path';
import { LookalikeError } from '#core';
import { isSystemError, storageError } from '#durable-files';
import { checkFile } from './check-file.js';
import { downloadModel } from './download-model.js';
import { downloadFailed, mismatchedFile, missingLocalFile } from './model-errors.js';
import type { ModelFile } from './model-file.js';

export interface DownloadProgress {
  /** Goes back to 0 when the download has to start again. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface DownloadTimeouts {
  /** No byte for this long ends a try. Default 30 s. */
  readonly stallMs: number;
  /** Waits between tries grow from the first (500 ms) to the longest (5 s). */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

export interface EnsureModelOptions {
  readonly folder: string;
  /** Addresses of folders that have the file, tried before the model's own addresses. */
  readonly mirrors?: readonly string[];
  /** A file of the user's: it is verified and used where it is, and nothing is downloaded. */
  readonly localPath?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download with the signal's reason; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<DownloadTimeouts>;
  /** At one address, in a row. Default 4. */
  readonly tries?: number;
}

const TIMEOUTS: DownloadTimeouts = { stallMs: 30_000, firstBackoffMs: 500, maxBackoffMs: 5_000 };
const TRIES = 4;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The path of the model's file, whose bytes have just been verified; downloads it when it is not there. Its licence
 * lies beside it as `<file>.LICENCE.txt` after a download.
 * @throws `model-hash-mismatch`, `model-missing` (says what to do), `model-download-failed` (may work later),
 * `storage-unavailable`, `invalid-setting` (a mirror that is no address), `model-invalid` (a file name with a path).
 */
export async function ensureModel(model: ModelFile, options: EnsureModelOptions): Promise<string> {
  if (!PLAIN_NAME.test(model.file)) {
    throw new LookalikeError('model-invalid', `A model's file name must be a plain name, not ${model.file}.`);
  }
  try {
    if (options.localPath !== undefined) return await verifiedLocalFile(resolve(options.localPath), model, options);
    return await verifiedOrDownloaded(resolve(options.folder, model.file), model, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isSystemError(error) ? storageError('The models folder', error) : error;
  }
}

async function verifiedLocalFile(path: string, model: ModelFile, { signal }: EnsureModelOptions): Promise<string> {
  const check = await checkFile(path, model, signal);
  if (check.state === 'missing') throw missingLocalFile(path, model);
  if (check.state === 'mismatched') throw mismatchedFile(path, model, check);
  return path;
}

async function verifiedOrDownloaded(path: string, model: ModelFile, options: EnsureModelOptions): Promise<string> {
  const check = await checkFile(path, model, options.signal);
  if (check.state === 'verified') return path;
  if (check.state === 'mismatched') throw mismatchedFile(path, model, check);
  const { signal, onProgress, timeouts, tries = TRIES } = options;
  const failed = await downloadModel(model, path, addressesOf(model, options.mirrors ?? []), {
    ...TIMEOUTS,
    ...timeouts,
    tries,
    signal,
    onReceived: (receivedBytes) => onProgress?.({ receivedBytes, totalBytes: model.sizeBytes }),
  });
  if (failed !== null) throw downloadFailed(path, model, failed);
  return path;
}

function addressesOf(model: ModelFile, mirrors: readonly string[]): readonly string[] {
  const inMirrors = mirrors.map((mirror) => {
    const url = httpAddress(mirror);
    // Not named in the message: it may carry a password.
    if (url === null) throw new LookalikeError('invalid-setting', 'Each mirror must be an http or https address.');
    url.pathname = join(url.pathname, model.file);
    return url.href;
  });
  const own = model.urls.map((address) => {
    const url = httpAddress(address);
    if (url === null) throw new LookalikeError('model-invalid', `${address} is not an http or https address.`);
    return url.href;
  });
  return [...new Set([...inMirrors, ...own])];
}

function httpAddress(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
}
