import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWithModels,
  describeWithPhotos,
  imageEncoderContract,
  labellingManifest,
  SHARED_FOLDER,
  sha256Of,
  sharedModelFile,
} from '#testkit';
import { classGraph } from '../../test/class-graph.js';
import { DEFAULT_PICTURE_LIMITS } from '../pictures/picture-limits.js';
import { createPreparePicture } from '../pictures/prepare-picture.js';
import { labelsOf } from './class-labels.js';
import type { ClassHead, EncoderManifest } from './encoder-manifest.js';
import { IMAGENET_NAMES } from './imagenet-names.js';
import { parseEncoderManifest } from './manifest-parser.js';
import { createOnnxEncoder, type OnnxEncoderOptions } from './onnx-encoder.js';

const HEAD: ClassHead = { layer: 'output', names: 'imagenet', values: 'probabilities', floor: 0.1, trained: true };
const of = (likely: Readonly<Record<number, number>>, classes = 1000) =>
  Float32Array.from({ length: classes }, (_, at) => likely[at] ?? 0);

describe('labels', () => {
  test('have the names of ImageNet, in its order', () => {
    expect(IMAGENET_NAMES).toHaveLength(1000);
    expect([0, 281, 999].map((at) => IMAGENET_NAMES[at])).toEqual(['tench', 'tabby', 'toilet tissue']);
    expect(IMAGENET_NAMES.every((it) => it === it.trim() && it !== '')).toBe(true);
  });

  test('are the likeliest classes above the floor, at most five', () => {
    expect(labelsOf(of({ 0: 0.2, 1: 0.7, 2: 0.09 }), HEAD)).toEqual([
      { name: 'goldfish', probability: 0.7 },
      { name: 'tench', probability: 0.2 },
    ]);
    const many = of({ 0: 0.11, 1: 0.12, 2: 0.13, 3: 0.14, 4: 0.15, 5: 0.16 });
    expect(labelsOf(many, HEAD).map(({ probability }) => probability)).toEqual([0.16, 0.15, 0.14, 0.13, 0.12]);
  });

  test('leave out the background, and name each thing once', () => {
    const background = { ...HEAD, names: 'background-and-imagenet' } as const;
    expect(labelsOf(of({ 0: 0.6, 1: 0.3 }, 1001), background)).toEqual([{ name: 'tench', probability: 0.3 }]);
    expect(labelsOf(of({ 134: 0.2, 517: 0.4 }), HEAD)).toEqual([{ name: 'crane', probability: 0.4 }]);
  });

  test('of logits are as likely as their softmax, however great they are', () => {
    const values = of({ 7: 1_000 + Math.log(3), 8: 1_000 });
    expect(labelsOf(values, { ...HEAD, values: 'logits' })).toEqual([
      { name: 'cock', probability: 0.75 },
      { name: 'hen', probability: 0.25 },
    ]);
  });
});

describe('an encoder that names classes', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-classes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const options = (classes: object = {}, size = 1000): OnnxEncoderOptions => {
    const bytes = classGraph(size, 7);
    const sha256 = sha256Of(bytes);
    const modelFile = join(folder, `${sha256}.onnx`);
    writeFileSync(modelFile, bytes);
    const manifest: EncoderManifest = {
      name: 'classes',
      model: { file: 'c.onnx', sizeBytes: bytes.length, sha256, urls: [], licence: '-', authors: '-', source: '-' },
      input: {
        resize: { kind: 'stretch', width: 8, height: 8, kernel: 'linear' },
        colourOrder: 'RGB',
        scale: 0.1,
        mean: [0, 0, 0],
        std: [1, 1, 1],
        layout: 'NCHW',
      },
      layer: { tensor: 'flat' },
      pooling: { kind: 'none' },
      vector: { name: 'fc', size: 192 },
      trained: true,
      classes: { ...HEAD, layer: { tensor: 'logits' }, values: 'logits', ...classes },
    };
    return { manifest, modelFile, threads: 1, batchSize: 2, maxWaiting: 16 };
  };
  const red = (value: number) => ({ pixels: Uint8Array.from({ length: 192 }, (_, at) => (at === 0 ? value : 0)) });

  imageEncoderContract('the ONNX encoder with a head', () => createOnnxEncoder(options()));

  test.each([
    ['logits', { layer: { tensor: 'logits' }, values: 'logits' }],
    ['probabilities', { layer: { tensor: 'probabilities' }, values: 'probabilities' }],
  ])('labels each picture by itself, from %s', async (_, classes) => {
    const encoder = await createOnnxEncoder(options(classes));
    const outputs = await encoder.encode([red(255), red(0), red(60)]);
    await encoder.close();
    // e^6 against 999 others.
    const sixty = Math.round((1e4 * Math.exp(6)) / (Math.exp(6) + 999)) / 1e4;
    expect(outputs.map(({ labels }) => labels)).toEqual([
      [{ name: 'cock', probability: 1 }],
      [],
      [{ name: 'cock', probability: sixty }],
    ]);
    expect(outputs.map(({ vectors }) => vectors.fc?.length)).toEqual([192, 192, 192]);
  });

  test('is refused when its head has another number of classes than names', async () => {
    await expect(createOnnxEncoder(options({}, 1001))).rejects.toMatchObject({ code: 'model-invalid' });
  });
});

describeWithPhotos('with photos', () => {
  describeWithModels('and MobileNet', () => {
    test('its labels name what photos of ImageNet show', async () => {
      const manifest = parseEncoderManifest(labellingManifest());
      const modelFile = await sharedModelFile('mobilenet');
      const encoder = await createOnnxEncoder({ manifest, modelFile, threads: 2, batchSize: 4, maxWaiting: 512 });
      const prepare = createPreparePicture({ rule: manifest.input.resize, limits: DEFAULT_PICTURE_LIMITS });
      const [, ...lines] = readFileSync(join(SHARED_FOLDER, 'photos/index.csv'), 'utf8').trim().split('\n');
      const photos = lines.map((line) => line.split(','));
      const [named, right] = [[] as string[], [] as string[]];
      for (const [file = '', , label = ''] of photos) {
        const [output] = await encoder.encode([await prepare(readFileSync(join(SHARED_FOLDER, 'photos', file)))]);
        const [best] = output?.labels ?? [];
        if (best !== undefined) named.push(file);
        if (best?.name === label) right.push(file);
      }
      await encoder.close();
      // 276 of 295, of 320.
      expect(right.length / named.length).toBeGreaterThan(0.9);
      expect(named.length / photos.length).toBeGreaterThan(0.9);
    }, 120_000);
  });
});
