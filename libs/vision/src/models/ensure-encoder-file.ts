import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, makeDurableFolder, storageError } from '#durable-files';
import { type EnsureModelOptions, ensureModel } from '../model-store/index.js';
import type { EncoderManifest } from './encoder-manifest.js';
import { SHIPPED_SEED, writeSeededVgg16 } from './seeded-vgg16.js';
import { SHIPPED_MANIFESTS } from './shipped-manifests.js';

/**
 * The verified model file of an encoder: as it is, downloaded, or, for the encoder whose weights come from a seed, made
 * on this machine in a few seconds and verified like any other.
 * @throws what `ensureModel` throws.
 */
export async function ensureEncoderFile(
  { model }: Pick<EncoderManifest, 'model'>,
  options: EnsureModelOptions,
): Promise<string> {
  const isSeeded = model.sha256 === SHIPPED_MANIFESTS['vgg16-seeded-fc2'].model.sha256;
  const path = join(options.folder, model.file);
  if (isSeeded && options.localPath === undefined && (await stat(path).catch(() => null)) === null) {
    await makeSeededModel(options.folder, path);
  }
  return ensureModel(model, options);
}

async function makeSeededModel(folder: string, path: string): Promise<void> {
  try {
    await makeDurableFolder(folder);
    await writeSeededVgg16(path, { seed: SHIPPED_SEED, precision: 'int8' });
  } catch (error) {
    throw isSystemError(error) ? storageError('The models folder', error) : error;
  }
}
