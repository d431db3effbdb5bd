import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LookalikeError } from '#core';
import { type CutGraph, cutGraph } from './cut-graph.js';
import type { EncoderManifest } from './encoder-manifest.js';
import { findFeatureTensor } from './feature-layer.js';
import { readOnnxModel } from './onnx-graph.js';

/**
 * Reads a model file, verifies it and cuts it to the manifest's feature. For a worker thread: it hashes
 * the whole file at once.
 * @throws `model-missing`, `model-hash-mismatch`, `model-invalid`, `model-layer-not-found`.
 */
export async function openModel(manifest: EncoderManifest, path: string): Promise<CutGraph> {
  const bytes = await readModelFile(manifest, path);
  const expected = manifest.model.sha256;
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected) {
    throw new LookalikeError('model-hash-mismatch', `The file ${manifest.model.file} is not the manifest's model.`, {
      facts: {
        file: manifest.model.file,
        expected,
        found,
        expectedBytes: manifest.model.sizeBytes,
        foundBytes: bytes.length,
      },
    });
  }
  const model = readOnnxModel(bytes);
  return cutGraph(model, findFeatureTensor(model, manifest.layer));
}

async function readModelFile(manifest: EncoderManifest, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `The model file ${manifest.model.file} is missing or cannot be read.`;
    throw new LookalikeError('model-missing', message, { cause, facts: { file: manifest.model.file } });
  }
}
