import { LookalikeError } from '#core';
import type { Reading } from './encoder-manifest.js';
import { GraphLinks } from './graph-links.js';
import type { OnnxModel, OnnxNode } from './onnx-graph.js';

/** Ops between two fully connected layers, whatever exporter wrote the graph. */
const BETWEEN = new Set([
  'Relu',
  'LeakyRelu',
  'Clip',
  'Dropout',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Identity',
  'Cast',
  'Add',
  'Sum',
  'Mul',
  'QLinearAdd',
  'QLinearMul',
  'QuantizeLinear',
  'DequantizeLinear',
  'Softmax',
  'LogSoftmax',
]);

/** Ops that put the positions of a picture in another order or shape: the pooled feature lies before them. */
const RESHAPES = new Set(['Flatten', 'Reshape', 'Squeeze', 'Transpose', 'Dropout', 'Identity']);
const SOFTMAXES = new Set(['Softmax', 'LogSoftmax']);
const POOLS = new Set(['MaxPool', 'AveragePool', 'GlobalAveragePool', 'QLinearAveragePool', 'ReduceMean']);
const AVERAGES = new Set([
  'AveragePool',
  'GlobalAveragePool',
  'QLinearAveragePool',
  'QLinearGlobalAveragePool',
  'ReduceMean',
]);
const LISTED = 40;

interface FullyConnected {
  readonly node: OnnxNode;
  readonly input: string;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * The name of the tensor that holds the feature. fc1 and fc2 are the data inputs of the last but one and the last fully
 * connected layer: so they come after ReLU (and dropout, which does nothing here), by any exporter.
 * `output` is what those layers end in, before any softmax.
 * @throws `model-layer-not-found` with the layers there are.
 */
export function findFeatureTensor(model: OnnxModel, layer: Reading['layer']): string {
  const links = new GraphLinks(model);
  if (typeof layer === 'object') {
    if (links.producer(layer.tensor)) return layer.tensor;
    throw notFound(`no tensor ${layer.tensor}`, lastTensors(model));
  }
  const { chain, output } = longestChain(links);
  const found = chain.map(describe);
  if (layer === 'pooled') {
    const first = chain[0];
    const tensor = first && pooledTensor(links, first);
    if (tensor === undefined) throw notFound('no pooled convolution before a fully connected layer', found);
    return tensor;
  }
  if (chain.length < 3) throw notFound('no chain of three fully connected layers, as VGG16 has', found);
  if (layer === 'output') return beforeSoftmax(links, output);
  return (chain.at(layer === 'fc1' ? -2 : -1) as FullyConnected).input;
}

function longestChain(links: GraphLinks): { readonly chain: readonly FullyConnected[]; readonly output: string } {
  const chains = links.model.outputs.map(({ name }) => ({ chain: chainTo(links, name), output: name }));
  return chains.reduce((best, it) => (it.chain.length > best.chain.length ? it : best), { chain: [], output: '' });
}

function beforeSoftmax(links: GraphLinks, output: string): string {
  const node = links.producer(output);
  return node !== undefined && SOFTMAXES.has(node.opType) ? (node.inputs[0] ?? output) : output;
}

/** Walks back from an output over its fully connected layers; stops at the first thing that is none. First layer first. */
function chainTo(links: GraphLinks, output: string): FullyConnected[] {
  const chain: FullyConnected[] = [];
  for (let node = links.producer(output); node; ) {
    const layer = asFullyConnected(links, node);
    if (layer) chain.unshift(layer);
    else if (!BETWEEN.has(node.opType) && !(chain.length === 0 && AVERAGES.has(node.opType))) break;
    const next = layer ? layer.input : links.flowingInput(node);
    node = next === undefined ? undefined : links.producer(next);
  }
  // 1 × 1 convolutions count only behind one that covers a whole pooled picture
  const first = chain[0]?.node;
  return first && isConvolution(first) && !coversPicture(links, first) ? [] : chain;
}

function asFullyConnected(links: GraphLinks, node: OnnxNode): FullyConnected | null {
  if (isConvolution(node)) return asConvolution(links, node);
  const at = { Gemm: [0, 1], FusedGemm: [0, 1], MatMul: [0, 1], QLinearMatMul: [0, 3], QGemm: [0, 3] }[node.opType];
  if (!at) return null;
  const [data, weights] = at.map((index) => node.inputs[index]);
  const flipped = node.opType === 'MatMul' && links.isConstant(data);
  const dims = links.constantDims(flipped ? data : weights);
  const input = flipped ? weights : data;
  if (dims?.length !== 2 || input === undefined) return null;
  const [rows = 0, columns = 0] = dims;
  const isTransposed = flipped || node.attributes.get('transB')?.int === 1;
  return { node, input, inputs: isTransposed ? columns : rows, outputs: isTransposed ? rows : columns };
}

function isConvolution(node: OnnxNode): boolean {
  return node.opType === 'Conv' || node.opType === 'QLinearConv' || node.opType === 'FusedConv';
}

/** A fully connected layer written as a convolution: 1 × 1, or one that covers the whole pooled picture. */
function asConvolution(links: GraphLinks, node: OnnxNode): FullyConnected | null {
  const dims = links.constantDims(node.inputs[node.opType === 'QLinearConv' ? 3 : 1]);
  const input = node.inputs[0];
  if (dims?.length !== 4 || input === undefined) return null;
  const [outputs = 0, channels = 0, height = 0, width = 0] = dims;
  if (height * width !== 1 && !coversPicture(links, node)) return null;
  return { node, input, inputs: channels * height * width, outputs };
}

function coversPicture(links: GraphLinks, node: OnnxNode): boolean {
  const dims = links.constantDims(node.inputs[node.opType === 'QLinearConv' ? 3 : 1]) ?? [];
  const isPadded = (node.attributes.get('pads')?.ints ?? []).some((pad) => pad !== 0);
  let before = links.producer(node.inputs[0] ?? '');
  while (before && BETWEEN.has(before.opType)) before = links.producer(links.flowingInput(before) ?? '');
  return (dims[2] ?? 1) > 1 && !isPadded && before !== undefined && POOLS.has(before.opType);
}

/** The pooled picture that the first fully connected layer takes, before it is laid out in a row. */
function pooledTensor(links: GraphLinks, first: FullyConnected): string | undefined {
  let tensor = first.input;
  let picture = isConvolution(first.node) ? tensor : undefined;
  for (let node = links.producer(tensor); node; node = links.producer(tensor)) {
    if (POOLS.has(node.opType) || isConvolution(node)) return picture;
    const isForm = node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear' || node.opType === 'Cast';
    const isActivation = node.opType === 'Relu' || node.opType === 'Clip';
    if (!RESHAPES.has(node.opType) && !isForm && !isActivation) return undefined;
    tensor = node.inputs[0] ?? '';
    if (RESHAPES.has(node.opType)) picture = tensor;
  }
  return undefined;
}

function describe(layer: FullyConnected): string {
  const name = layer.node.name || layer.node.outputs[0] || '';
  return `${layer.node.opType} ${name} (${layer.inputs} to ${layer.outputs})`;
}

function lastTensors(model: OnnxModel): string[] {
  const inner = model.nodes.flatMap((node) => node.outputs).filter((name) => name !== '');
  return [...new Set([...model.outputs.map((output) => output.name), ...inner.toReversed()])].slice(0, LISTED);
}

function notFound(what: string, found: readonly string[]): LookalikeError {
  const there = found.length > 0 ? `It has: ${found.join(', ')}.` : 'It has no fully connected layer at its end.';
  return new LookalikeError('model-layer-not-found', `The model has ${what}. ${there}`, { facts: { found } });
}
