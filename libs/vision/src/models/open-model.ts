import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { giveBack, LookalikeError, returnableBytes } from '#core';
import { type CutGraph, cutGraph } from './cut-graph.js';
import { type EncoderManifest, readingsOf } from './encoder-manifest.js';
import { findFeatureTensor } from './feature-layer.js';
import { readOnnxModel } from './onnx-graph.js';

/**
 * Reads a model file, verifies it and cuts it to the manifest's features. For a worker thread: it hashes
 * the whole file at once. Of the file nothing stays in memory, so in the graph only `bytes` still has bytes.
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
  const tensors = readingsOf(manifest).map(({ layer }) => findFeatureTensor(model, layer));
  const cut = cutGraph(model, tensors);
  giveBack(bytes);
  return cut;
}

async function readModelFile(manifest: EncoderManifest, path: string): Promise<Uint8Array<ArrayBuffer>> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await readAll(file);
  } catch (cause) {
    const message = `The model file ${manifest.model.file} is missing or cannot be read.`;
    throw new LookalikeError('model-missing', message, { cause, facts: { file: manifest.model.file } });
  } finally {
    await file?.close();
  }
}

/** A file that is cut short meanwhile ends in zeros, which its hash tells. */
async function readAll(file: FileHandle): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = returnableBytes((await file.stat()).size);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes;
}
