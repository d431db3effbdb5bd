import type { Logger } from 'pino';
import { modelFileError, modelsFolderError, type Settings } from '#config';
import { isLookalikeError } from '#core';
import {
  createOnnxEncoder,
  type EncoderManifest,
  ensureEncoderFile,
  findEncoderManifest,
  type OnnxEncoder,
} from '#vision';

/** Pictures that may wait for the model in each lane; the embed stage bounds its own far below. */
const MAX_WAITING = 1024;
const PROGRESS_EVERY_MS = 5_000;

export interface OpenedEncoder {
  readonly manifest: EncoderManifest;
  readonly encoder: OnnxEncoder;
}

/** Finds the model file, downloads it if it is not there yet, and loads it. @throws `model-…`, `invalid-setting`. */
export async function openEncoder(
  settings: Pick<Settings, 'encoder' | 'storage'>,
  logger: Logger,
): Promise<OpenedEncoder> {
  const { encoder } = settings;
  const manifest = await findEncoderManifest(encoder.name);
  const { model } = manifest;
  let shownMs = performance.now();
  const modelFile = await ensureEncoderFile(manifest, {
    folder: encoder.modelsFolder,
    mirrors: encoder.modelMirrors,
    ...(encoder.modelFile !== null && { localPath: encoder.modelFile }),
    onProgress: ({ receivedBytes, totalBytes }) => {
      if (performance.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = performance.now();
      logger.info({ model: model.file, receivedBytes, totalBytes }, 'downloading the model');
    },
  }).catch((error: unknown) => {
    if (!isLookalikeError(error) || error.code !== 'storage-unavailable') throw error;
    const wrongPath = encoder.modelFile === null ? modelsFolderError : modelFileError;
    throw wrongPath(settings, error.facts.systemCode) ?? error;
  });
  const { threads, batch } = encoder;
  const opened = await createOnnxEncoder({ manifest, modelFile, threads, batchSize: batch, maxWaiting: MAX_WAITING });
  const { name, fingerprint, trained } = opened.info;
  logger.info({ encoder: name, fingerprint, trained, licence: model.licence, authors: model.authors }, 'encoder ready');
  if (!trained) logger.warn('The encoder is not trained: it finds near-duplicates and nothing more.');
  return { manifest, encoder: opened };
}
