import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EXPORTERS, smallGraph } from '../../test/exporter-graphs.js';
import { cutGraph } from './cut-graph.js';
import { findFeatureTensor } from './feature-layer.js';
import { type OnnxModel, readOnnxModel } from './onnx-graph.js';
import { joinPieces, modelPieces, valueMessage } from './onnx-writer.js';
import { switchTelemetryOff } from './onnxruntime.js';

const LAYERS = ['fc1', 'fc2', 'pooled'] as const;
const CASES = EXPORTERS.flatMap((exporter) => LAYERS.map((layer) => [layer, exporter] as const));

describe('the feature layer is found by structure', () => {
  test.each(CASES)('%s of a graph as %s writes it', (layer, exporter) => {
    const graph = smallGraph(exporter);
    expect(findFeatureTensor(readOnnxModel(graph.bytes), layer)).toBe(graph[layer]);
  });

  test.each(EXPORTERS)('of a graph as %s writes it the classes come before any softmax', async (exporter) => {
    const model = readOnnxModel(smallGraph(exporter).bytes);
    const tensor = findFeatureTensor(model, 'output');
    expect(model.nodes.find(({ outputs }) => outputs.includes(tensor))?.opType).not.toBe('Softmax');
    const cut = cutGraph(model, [tensor]);
    const values = await run(cut.bytes, cut.outputs[0] ?? '', exporter === 'keras');
    expect(values.length % 5).toBe(0);
    expect(values.some((value) => value < 0 || value > 1)).toBe(true);
  });

  test('a tensor is found by its name', () => {
    const graph = smallGraph('torch');
    expect(findFeatureTensor(readOnnxModel(graph.bytes), { tensor: graph.fc1 })).toBe(graph.fc1);
  });

  test('a tensor that is not there is refused with the tensors there are', () => {
    const graph = smallGraph('torch');
    expect(() => findFeatureTensor(readOnnxModel(graph.bytes), { tensor: 'fc7' })).toThrow(
      expect.objectContaining({
        code: 'model-layer-not-found',
        facts: { found: expect.arrayContaining([graph.fc2, graph.pooled]) },
      }),
    );
  });

  test('a graph without three fully connected layers is refused with those it has', () => {
    const whole = readOnnxModel(smallGraph('torch').bytes);
    const short = readOnnxModel(cutGraph(whole, [smallGraph('torch').fc2]).bytes);
    expect(() => findFeatureTensor(short, 'fc2')).toThrow(
      expect.objectContaining({
        code: 'model-layer-not-found',
        message: expect.stringMatching(/Gemm .*16 to 6.*Gemm .*6 to 6/),
      }),
    );
  });
});

describe('a cut graph', () => {
  test.each(CASES)('gives for %s the values that the whole %s graph has there', async (layer, exporter) => {
    const graph = smallGraph(exporter);
    const model = readOnnxModel(graph.bytes);
    const cut = cutGraph(model, [graph[layer]]);
    const kerasInput = exporter === 'keras';
    const found = await run(cut.bytes, cut.outputs[0] ?? '', kerasInput);
    expect(found).toEqual(await valuesInWhole(model, graph[layer], exporter === 'qlinear', kerasInput));
    expect(found.some((value) => value !== 0)).toBe(true);
  });

  test.each(EXPORTERS)('of %s has no fully connected layer for pooled, and two for fc2', (exporter) => {
    const graph = smallGraph(exporter);
    const model = readOnnxModel(graph.bytes);
    expect(denseNodes(cutGraph(model, [graph.pooled]).bytes)).toBe(0);
    expect(denseNodes(cutGraph(model, [graph.fc2]).bytes)).toBe(2);
  });

  test('holds no weight that it does not use', () => {
    const graph = smallGraph('torch');
    const cut = readOnnxModel(cutGraph(readOnnxModel(graph.bytes), [graph.pooled]).bytes);
    const used = new Set(cut.nodes.flatMap((node) => node.inputs));
    expect([...cut.initializers.keys()].filter((name) => !used.has(name))).toEqual([]);
    expect(cut.initializers.size).toBe(2);
  });
});

describe('bytes that are no model are refused', () => {
  const whole = smallGraph('torch').bytes;
  test.each([
    ['cut short', whole.subarray(0, whole.length - 40)],
    ['empty', new Uint8Array()],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46)],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n')],
  ])('%s', (_, bytes) => {
    expect(() => readOnnxModel(bytes)).toThrow(expect.objectContaining({ code: 'model-invalid' }));
  });
});

function denseNodes(bytes: Uint8Array): number {
  const model = readOnnxModel(bytes);
  const isDense = (opType: string) => ['Gemm', 'MatMul', 'QLinearMatMul'].includes(opType);
  const convolutions = model.nodes.filter((node) => node.opType === 'Conv').length;
  return model.nodes.filter((node) => isDense(node.opType)).length + Math.max(0, convolutions - 1);
}

/** The tensor as an extra output of the whole graph; what is uint8 is read by its scale afterwards. */
async function valuesInWhole(model: OnnxModel, tensor: string, isQuantised: boolean, kerasInput: boolean) {
  const elemType = isQuantised ? 2 : 1;
  const bytes = joinPieces(
    modelPieces({
      irVersion: model.irVersion,
      opsets: model.opsets.map((it) => it.bytes),
      nodes: model.nodes.map((it) => it.bytes),
      initializers: [...model.initializers.values()].map((it) => [it.bytes]),
      inputs: model.inputs.map((it) => it.bytes),
      outputs: [...model.outputs.map((it) => it.bytes), valueMessage({ name: tensor, elemType })],
    }),
  );
  const values = await run(bytes, tensor, kerasInput);
  if (!isQuantised) return values;
  const [scale, zero] =
    QLINEAR_SCALES[values.length === 2 * 16 ? 'pooled' : tensor === smallGraph('qlinear').fc1 ? 'fc1' : 'fc2'];
  return values.map((value) => Math.fround((value - zero) * Math.fround(scale)));
}

const QLINEAR_SCALES = { pooled: [0.02, 0], fc1: [0.05, 3], fc2: [0.1, 0] } as const;

/** Jest's realm has typed arrays of its own, which ONNX Runtime refuses: so it runs in a plain worker. */
const RUNNER = `
const { parentPort, workerData } = require('node:worker_threads');
const { InferenceSession, Tensor } = require(workerData.runtime);
(async () => {
  // whole and cut graph are computed alike only when neither is optimised
  const session = await InferenceSession.create(workerData.bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 });
  const values = Float32Array.from({ length: 2 * 192 }, (_, i) => Math.sin(i));
  const result = await session.run({ in: new Tensor('float32', values, workerData.dims) }, [workerData.output]);
  parentPort.postMessage(Array.from(result[workerData.output].data));
})();`;

async function run(bytes: Uint8Array, output: string, kerasInput: boolean): Promise<number[]> {
  switchTelemetryOff();
  const dims = kerasInput ? [2, 8, 8, 3] : [2, 3, 8, 8];
  const runtime = require.resolve('onnxruntime-node');
  const worker = new Worker(RUNNER, { eval: true, workerData: { bytes, output, dims, runtime } });
  const [values] = await once(worker, 'message');
  await worker.terminate();
  return values;
}
