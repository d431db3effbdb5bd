import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutGraph } from './cut-graph.js';
import { findFeatureTensor } from './feature-layer.js';
import { readOnnxModel } from './onnx-graph.js';
import { SHIPPED_SEED, writeSeededVgg16 } from './seeded-vgg16.js';
import { SHIPPED_MANIFESTS } from './shipped-manifests.js';

const folder = mkdtempSync(join(tmpdir(), 'lookalike-seeded-'));
const path = join(folder, 'seeded.onnx');
afterAll(() => rmSync(folder, { recursive: true }));

test('the seeded VGG16 is the file that the shipped manifest pins, and its pooled part is a ninth of it', async () => {
  const { sizeBytes, sha256 } = SHIPPED_MANIFESTS['vgg16-seeded-fc2'].model;
  expect(await writeSeededVgg16(path, { seed: SHIPPED_SEED, precision: 'int8' })).toEqual({ sizeBytes, sha256 });
  expect(readdirSync(folder)).toEqual(['seeded.onnx']);
  const model = readOnnxModel(readFileSync(path));
  const found = (['fc1', 'fc2', 'pooled'] as const).map((layer) => findFeatureTensor(model, layer));
  expect(found).toEqual(['fc6', 'fc7', 'pool5']);
  const pooled = cutGraph(model, ['pool5']);
  expect(pooled.bytes.length).toBeLessThan(15_000_000);
  expect(pooled.nodes.filter((node) => node.opType === 'QLinearMatMul')).toHaveLength(0);
});
