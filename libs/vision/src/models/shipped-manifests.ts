import type { ModelFile } from '../model-store/model-file.js';
import type { ClassHead, EncoderManifest, InputRule } from './encoder-manifest.js';

/**
 * The model zoo's VGG16 takes RGB in [0, 1], normalised by ImageNet's mean and deviation, short side 256, crop 224.
 * Written for 0..255: (v − 255 m) / (255 s) is (v / 255 − m) / s.
 */
const ZOO_INPUT: InputRule = {
  resize: { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' },
  colourOrder: 'RGB',
  scale: 1,
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  layout: 'NCHW',
};

const ZOO_FOLDER = 'validated/vision/classification/vgg/model';

function zooFile(file: string, sizeBytes: number, sha256: string): ModelFile {
  return {
    file,
    sizeBytes,
    sha256,
    // GitHub serves a large file through its media host; the hub holds the zoo's own mirror
    urls: [
      `https://github.com/onnx/models/raw/main/${ZOO_FOLDER}/${file}`,
      `https://media.githubusercontent.com/media/onnx/models/main/${ZOO_FOLDER}/${file}`,
      `https://huggingface.co/onnxmodelzoo/legacy_models/resolve/main/${ZOO_FOLDER}/${file}`,
    ],
    licence: 'CC-BY-4.0 AND Apache-2.0',
    authors: 'Karen Simonyan and Andrew Zisserman, Visual Geometry Group, Oxford',
    source: 'https://github.com/onnx/models/tree/main/validated/vision/classification/vgg',
  };
}

const INT8 = zooFile(
  'vgg16-12-int8.onnx',
  138_407_238,
  '0d0a8e1d69f70404421e37dbad4f8bd21d42758e9f426bd5b39e9e4e9e1afa23',
);
const FLOAT32 = zooFile(
  'vgg16-12.onnx',
  553_437_752,
  '722c42f53ca03a5480296bf8f9c85a151de3eed9ec982d7d2302ff6e2900c67b',
);

/** Made here by `writeSeededVgg16`, never downloaded. */
const SEEDED: ModelFile = {
  file: 'vgg16-seeded-int8.onnx',
  sizeBytes: 138_348_948,
  sha256: 'c2ebc84853241f76288c9e6343713a25b43afc564468d7bd971e7be136a128db',
  urls: [],
  licence: 'CC0-1.0',
  authors: 'none: seeded random numbers',
  source: 'libs/vision/src/models/seeded-vgg16.ts',
};

const POOLED = {
  layer: 'pooled',
  pooling: { kind: 'gem', p: 3 },
  vector: { name: 'pooled', size: 512 },
} as const;
const FC = { layer: 'fc2', pooling: { kind: 'none' }, vector: { name: 'fc', size: 4096 }, trained: true } as const;

/** The zoo's VGG16 ends in the 1,000 classes that it was trained for; the seeded one is trained for none. */
const CLASSES: ClassHead = { layer: 'output', names: 'imagenet', values: 'logits', floor: 0.3, trained: true };

export const SHIPPED_MANIFESTS = {
  'vgg16-fc2': { name: 'vgg16-fc2', model: INT8, input: ZOO_INPUT, ...FC },
  'vgg16-fc1': { name: 'vgg16-fc1', model: INT8, input: ZOO_INPUT, ...FC, layer: 'fc1' },
  'vgg16-pooled': {
    name: 'vgg16-pooled',
    model: INT8,
    input: ZOO_INPUT,
    ...POOLED,
    trained: true,
  },
  'vgg16-fc2-pooled': { name: 'vgg16-fc2-pooled', model: INT8, input: ZOO_INPUT, ...FC, also: [POOLED] },
  'vgg16-fc2-labels': { name: 'vgg16-fc2-labels', model: INT8, input: ZOO_INPUT, ...FC, classes: CLASSES },
  'vgg16-float32-fc2': { name: 'vgg16-float32-fc2', model: FLOAT32, input: ZOO_INPUT, ...FC },
  'vgg16-seeded-fc2': { name: 'vgg16-seeded-fc2', model: SEEDED, input: ZOO_INPUT, ...FC, trained: false },
  'vgg16-seeded-fc2-pooled': {
    name: 'vgg16-seeded-fc2-pooled',
    model: SEEDED,
    input: ZOO_INPUT,
    ...FC,
    also: [POOLED],
    trained: false,
  },
} as const satisfies Record<string, EncoderManifest>;
