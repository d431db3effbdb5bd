import { type EncoderManifest, encoderFingerprint, encoderInfo } from './encoder-manifest.js';
import { parseEncoderManifest } from './manifest-parser.js';
import { SHIPPED_MANIFESTS } from './shipped-manifests.js';

const DEFAULT = SHIPPED_MANIFESTS['vgg16-fc2'];
const POOLED = { layer: 'pooled', pooling: { kind: 'gem', p: 3 }, vector: { name: 'pooled', size: 512 } };
const CLASSES = { layer: 'output', names: 'imagenet', values: 'logits', floor: 0.3, trained: true };
const changed = (change: object) => ({ ...structuredClone(DEFAULT), ...change });

test.each(Object.values(SHIPPED_MANIFESTS))('the shipped manifest $name is valid', (manifest) => {
  expect(parseEncoderManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
});

test.each([
  ['trained', { trained: 'yes' }],
  ['trainde', { trainde: true }],
  ['layer', { layer: 'fc3' }],
  ['vector.size', { vector: { name: 'fc', size: 0 } }],
  ['model.sha256', { model: { ...DEFAULT.model, sha256: 'abc' } }],
  ['model.file', { model: { ...DEFAULT.model, file: '../x.onnx' } }],
  ['input.std', { input: { ...DEFAULT.input, std: [1, 0, 1] } }],
  ['input.resize.crop', { input: { ...DEFAULT.input, resize: { ...DEFAULT.input.resize, crop: 300 } } }],
  ['pooling.kind', { pooling: { kind: 'gem', p: 3 } }],
  ['also', { also: [] }],
  ['also', { also: Array(4).fill(POOLED) }],
  ['also[0].vector.name', { also: [{ ...POOLED, vector: { name: 'fc', size: 512 } }] }],
  ['also[0].pooling', { also: [{ ...POOLED, pooling: undefined }] }],
  ['also[0].trained', { also: [{ ...POOLED, trained: true }] }],
  ['classes.trained', { classes: { ...CLASSES, trained: false } }],
  ['classes.trained', { classes: { ...CLASSES, trained: undefined } }],
  ['classes.trained', { classes: CLASSES, trained: false }],
  ['classes.layer', { classes: { ...CLASSES, layer: 'fc2' } }],
  ['classes.names', { classes: { ...CLASSES, names: ['cat', 'dog'] } }],
  ['classes.values', { classes: { ...CLASSES, values: 'scores' } }],
  ['classes.floor', { classes: { ...CLASSES, floor: 0 } }],
])('a manifest is refused by its wrong field %s', (field, change) => {
  expect(() => parseEncoderManifest(changed(change))).toThrow(
    expect.objectContaining({ code: 'invalid-setting', facts: expect.objectContaining({ field }) }),
  );
});

test('a fingerprint of one vector stays what it was when more came to be possible', () => {
  expect(encoderFingerprint(DEFAULT)).toBe('ad095067b0aceef4');
});

test('no encoder names classes unless its manifest says that all of its layers are trained', () => {
  for (const manifest of Object.values<EncoderManifest>(SHIPPED_MANIFESTS)) {
    expect(encoderInfo(manifest).labels ?? false).toBe(manifest.name === 'vgg16-fc2-labels');
  }
  expect(encoderInfo(parseEncoderManifest(changed({ classes: CLASSES }))).labels).toBe(true);
});

test('the fingerprint follows what decides the vectors, not names and addresses', () => {
  const fingerprint = encoderFingerprint(DEFAULT);
  expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(encoderFingerprint({ ...DEFAULT, name: 'other', model: { ...DEFAULT.model, urls: [] } })).toBe(fingerprint);
  const all = Object.values(SHIPPED_MANIFESTS).map(encoderFingerprint);
  expect(new Set(all).size).toBe(all.length);
});
