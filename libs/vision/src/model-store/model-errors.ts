import { LookalikeError } from '#core';
import type { FileCheck } from './check-file.js';
import { RefusedDownloadError, TransientDownloadError } from './download-errors.js';
import type { FailedAddress } from './download-model.js';
import type { ModelFile } from './model-file.js';

/** A file that is there and is not the model. It is the user's: we never remove or replace it. */
export function mismatchedFile(path: string, model: ModelFile, check: FileCheck & { state: 'mismatched' }) {
  const size = check.sizeBytes === model.sizeBytes ? '' : ` (${check.sizeBytes} bytes instead of ${model.sizeBytes})`;
  return new LookalikeError(
    'model-hash-mismatch',
    `${path} is not ${model.file}${size}: its SHA-256 is ${check.foundSha256}, expected ${model.sha256}. ` +
      'Put the right file there, or move it away to have it downloaded.',
    { facts: { file: model.file, expected: model.sha256, found: check.foundSha256 } },
  );
}

export function missingLocalFile(path: string, model: ModelFile): LookalikeError {
  return new LookalikeError(
    'model-missing',
    `There is no file ${path}, which LOOKALIKE_MODEL_FILE names. It must be ${model.file}, SHA-256 ${model.sha256}.`,
    { facts: { file: model.file, expected: model.sha256 } },
  );
}

/**
 * No address gave the file. A wrong hash matters most; then whether it may work later (`model-download-failed`); and
 * when nothing was reached, or every address said no, only the user can bring the file.
 */
export function downloadFailed(path: string, model: ModelFile, failed: readonly FailedAddress[]): LookalikeError {
  const errors = failed.map(({ error }) => error);
  const found = errors.find((error) => error instanceof RefusedDownloadError && error.foundSha256 !== undefined);
  const facts = {
    file: model.file,
    expected: model.sha256,
    ...(found instanceof RefusedDownloadError ? { found: found.foundSha256 } : {}),
    addresses: failed.map(({ address, error }) => ({ address, problem: error.message })),
  };
  const message =
    `The model file ${model.file} (${model.sizeBytes} bytes) is not there and could not be downloaded: ` +
    `${failed.map(({ address, error }) => `${address}: ${error.message}`).join('; ') || 'it has no address'}. ` +
    `Put the file at ${path}, or set LOOKALIKE_MODEL_FILE to where it is, or LOOKALIKE_MODEL_MIRRORS to the address ` +
    `of a folder that has it. Its SHA-256 must be ${model.sha256}.`;
  return new LookalikeError(codeFor(found !== undefined, errors), message, { facts, cause: errors[0] });
}

function codeFor(hasWrongHash: boolean, errors: readonly (TransientDownloadError | RefusedDownloadError)[]) {
  if (hasWrongHash) return 'model-hash-mismatch';
  const mayWorkLater = errors.some((error) => error instanceof TransientDownloadError && error.wasReached);
  return mayWorkLater ? 'model-download-failed' : 'model-missing';
}
