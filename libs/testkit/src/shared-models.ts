import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SHARED_FOLDER, TEST_CACHE_FOLDER } from './requirement.js';

export type SharedModel = 'vgg16-int8' | 'mobilenet';

interface SharedDescription {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly input: Readonly<Record<'layout' | 'colourOrder' | 'scale' | 'mean' | 'std', unknown>>;
  readonly resize: { readonly shortSide: number; readonly crop: number };
  readonly outputs: Readonly<Record<string, { readonly shape: readonly (number | string)[] }>>;
  readonly licence: string;
  readonly source: string;
}

function describeShared(model: SharedModel): SharedDescription {
  return JSON.parse(readFileSync(join(SHARED_FOLDER, 'models', `${model}.json`), 'utf8'));
}

/** The path of a shared model, unpacked once into the test cache and verified. */
export async function sharedModelFile(model: SharedModel): Promise<string> {
  const { file, sha256 } = describeShared(model);
  const plain = join(SHARED_FOLDER, 'models', file);
  if (existsSync(plain)) return plain;
  const unpacked = join(TEST_CACHE_FOLDER, file);
  if (existsSync(unpacked) && (await sha256Of(unpacked)) === sha256) return unpacked;
  await mkdir(TEST_CACHE_FOLDER, { recursive: true });
  const scratch = `${unpacked}.${process.pid}`;
  await pipeline(createReadStream(`${plain}.gz`), createGunzip(), createWriteStream(scratch));
  const found = await sha256Of(scratch);
  if (found !== sha256) {
    await rm(scratch);
    throw new Error(`${plain}.gz unpacks to ${found}, not to ${sha256}`);
  }
  await rename(scratch, unpacked);
  return unpacked;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** The shared MobileNet, whose head is trained too, as an encoder that names classes. */
export function labellingManifest(): Record<string, unknown> {
  const head = { layer: { tensor: 'logits' }, names: 'background-and-imagenet', values: 'logits' };
  return {
    ...sharedManifest('mobilenet', 'embedding'),
    name: 'mobilenet-labels',
    classes: { ...head, floor: 0.3, trained: true },
  };
}

/**
 * A shared model as an encoder's manifest in JSON form, for the product's own reader. `layer` is fc1, fc2 or pooled, or
 * the name of a tensor.
 */
export function sharedManifest(model: SharedModel, layer: string): Record<string, unknown> {
  const { file, bytes, sha256, input, resize, outputs, licence, source } = describeShared(model);
  const { layout, colourOrder, scale, mean, std } = input;
  const isStructural = layer === 'fc1' || layer === 'fc2' || layer === 'pooled';
  const size = layer === 'pooled' ? 512 : isStructural ? 4096 : Number(outputs[layer]?.shape[1]);
  return {
    name: `${model}-${layer}`,
    model: { file, sizeBytes: bytes, sha256, urls: [], licence, authors: 'see licence', source },
    input: {
      resize: { kind: 'short-side-crop', shortSide: resize.shortSide, crop: resize.crop, kernel: 'cubic' },
      colourOrder,
      scale,
      mean,
      std,
      layout,
    },
    layer: isStructural ? layer : { tensor: layer },
    pooling: layer === 'pooled' ? { kind: 'gem', p: 3 } : { kind: 'none' },
    vector: { name: layer === 'pooled' ? 'pooled' : isStructural ? 'fc' : 'embedding', size },
    trained: model === 'mobilenet',
  };
}
