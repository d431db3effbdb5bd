import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { squaredLength, unitVector } from '#core';
import { seededRandom, TEST_CACHE_FOLDER } from '#testkit';
import {
  createOnnxEncoder,
  createPreparePicture,
  DEFAULT_PICTURE_LIMITS,
  encoderInfo,
  readEncoderManifest,
} from '#vision';
import { readPhotos, realModel } from './photos.js';
import { say } from './report.js';

const SIZE = 4096;
const AT_ONCE = 8;

/**
 * fc2 vectors of the real int8 VGG16, of unit length: of each photo as many variants, one after the other, drawn from a fixed
 * seed. Made once at some 25 a second, and kept in the test cache.
 */
export async function realVectors(count: number): Promise<readonly Float32Array[]> {
  const file = join(TEST_CACHE_FOLDER, `bench-vgg16-int8-fc2-${count}.f32`);
  const kept = await readFile(file).catch(() => null);
  if (kept !== null) return split(new Float32Array(kept.buffer, kept.byteOffset, kept.byteLength / 4));
  const all = await embedded(count);
  const scratch = `${file}.${process.pid}`;
  await writeFile(scratch, all);
  await rename(scratch, file);
  return split(all);
}

async function embedded(count: number): Promise<Float32Array> {
  const model = await realModel();
  const manifest = await readEncoderManifest(model.manifest);
  const encoder = await createOnnxEncoder({
    manifest,
    modelFile: model.file,
    threads: 2,
    batchSize: 4,
    maxWaiting: 2 * AT_ONCE,
  });
  const prepare = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
  const name = encoderInfo(manifest).vectors[0]?.name ?? '';
  const photos = await readPhotos();
  const all = new Float32Array(count * SIZE);
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < count; at = next++) {
      const photo = photos[at % photos.length]?.bytes ?? Buffer.alloc(0);
      const picture = await prepare(at < photos.length ? photo : await variant(photo, at));
      const [output] = await encoder.encode([picture]);
      all.set(unitVector(output?.vectors[name] ?? new Float32Array(SIZE)), at * SIZE);
      if (at % 1_000 === 0) say(`${at} of ${count} pictures embedded`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await encoder.close();
  }
  return all;
}

/** A crop, other colours and a size, now and then turned, as platforms and people do it together. */
async function variant(photo: Buffer, seed: number): Promise<Buffer> {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const { width = 0, height = 0 } = await sharp(photo).metadata();
  const share = between(0.6, 1);
  const [wide, high] = [Math.floor(width * share), Math.floor(height * share)];
  const part = {
    left: Math.floor(random() * (width - wide)),
    top: Math.floor(random() * (height - high)),
    width: wide,
    height: high,
  };
  const colours = { brightness: between(0.75, 1.3), saturation: between(0.4, 1.6), hue: Math.round(between(0, 30)) };
  const cropped = await sharp(photo)
    .removeAlpha()
    .extract(part)
    .toColourspace('srgb')
    .png({ compressionLevel: 1 })
    .toBuffer();
  let picture = sharp(cropped);
  if (random() < 0.3) picture = picture.flop();
  if (random() < 0.1) picture = picture.rotate(90);
  return picture
    .resize({ width: Math.round(between(256, 480)) })
    .modulate(colours)
    .jpeg({ quality: Math.round(between(30, 90)) })
    .toBuffer();
}

function split(all: Float32Array): readonly Float32Array[] {
  const vectors = Array.from({ length: all.length / SIZE }, (_, at) => all.subarray(at * SIZE, (at + 1) * SIZE));
  const wrong = vectors.findIndex((it) => Math.abs(squaredLength(it) - 1) > 1e-3);
  if (wrong >= 0) throw new Error(`Vector ${wrong} has no unit length: remove the file of the cache`);
  return vectors;
}
