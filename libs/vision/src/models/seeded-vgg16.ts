import { createHash } from 'node:crypto';
import { replaceFile } from '#durable-files';
import { DATA_TYPE } from './onnx-words.js';
import {
  chunksOf,
  type LazyBytes,
  modelPieces,
  type NodeSpec,
  nodeMessage,
  opsetMessage,
  type Pieces,
  tensorMessage,
  valueMessage,
} from './onnx-writer.js';
import { SeededWeights, WEIGHT_STEPS_PER_DEVIATION } from './seeded-weights.js';

/** Channels and convolutions of each block, and the fully connected layers: configuration D of Simonyan and Zisserman 2014. */
const BLOCKS = [
  [64, 2],
  [128, 2],
  [256, 3],
  [512, 3],
  [512, 3],
] as const;
const DENSE = [
  [25_088, 4096],
  [4096, 4096],
  [4096, 1000],
] as const;

/** The zoo's preprocessing gives -2.12 to 2.64. */
const INPUT_SCALE = 4.76 / 255;
const INPUT_ZERO = 114;

/**
 * The largest value that each layer's uint8 activations can hold, in order: 13 convolutions and fc6 to fc8. It is the
 * largest one seen in 32 ImageNet photos by the float32 variant of seed 2014 (99.9 % of the values are under 0.7 of it).
 */
const ACTIVATION_LIMITS = [
  10.2, 10.8, 11.3, 15.3, 16.9, 17.3, 14.7, 19.7, 17.4, 18, 19.7, 18.3, 21.1, 22.4, 23.6, 18.2,
] as const;

export type Precision = 'int8' | 'float32';

export interface SeededVgg16Options {
  readonly seed: number;
  readonly precision: Precision;
}

/** The seed whose int8 file the shipped manifest pins. */
export const SHIPPED_SEED = 2014;

export interface GeneratedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Writes a VGG16 with seeded He-normal weights: its shape, size and cost, and no training. It finds near-duplicates and
 * nothing more. The same seed makes the same bytes on any machine.
 * The file is there whole or not at all.
 */
export async function writeSeededVgg16(path: string, options: SeededVgg16Options): Promise<GeneratedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await replaceFile(path, async (file) => {
    for (const chunk of chunksOf(seededVgg16Pieces(options))) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    }
  });
  return { sizeBytes, sha256: hash.digest('hex') };
}

function seededVgg16Pieces({ seed, precision }: SeededVgg16Options): Pieces {
  const graph = precision === 'int8' ? new Int8Graph(seed) : new Float32Graph(seed);
  let tensor = graph.begin('data');
  let layer = 0;
  let channels = 3;
  for (const [block, [width, count]] of BLOCKS.entries()) {
    for (let conv = 0; conv < count; conv++) {
      tensor = graph.convolution(tensor, layer++, `conv${block + 1}_${conv + 1}`, [width, channels, 3, 3]);
      channels = width;
    }
    const pooled = `pool${block + 1}`;
    graph.node('MaxPool', [tensor], [pooled], { kernel_shape: [2, 2], strides: [2, 2] });
    tensor = pooled;
  }
  graph.node('Flatten', [tensor], ['flat'], { axis: 1 });
  tensor = 'flat';
  for (const [index, dims] of DENSE.entries()) tensor = graph.dense(tensor, layer++, `fc${index + 6}`, dims);
  graph.end(tensor, 'classes');
  return modelPieces({
    irVersion: 8,
    opsets: [opsetMessage('', 13)],
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [valueMessage({ name: 'data', elemType: DATA_TYPE.float, dims: ['N', 3, 224, 224] })],
    outputs: [valueMessage({ name: 'classes', elemType: DATA_TYPE.float, dims: ['N', 1000] })],
  });
}

abstract class GraphBuilder {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Pieces[] = [];

  constructor(protected readonly seed: number) {}

  node(opType: string, inputs: string[], outputs: string[], attributes: NodeSpec['attributes'] = {}): void {
    this.nodes.push(nodeMessage({ opType, inputs, outputs, attributes }));
  }

  protected store(name: string, dims: readonly number[], dataType: number, data: Uint8Array | LazyBytes): string {
    this.initializers.push(tensorMessage({ name, dims, dataType, data }));
    return name;
  }

  protected weights(layer: number, dims: readonly number[]): SeededWeights {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return new SeededWeights(this.seed, layer, count);
  }

  abstract begin(input: string): string;
  abstract convolution(input: string, layer: number, name: string, dims: readonly number[]): string;
  abstract dense(input: string, layer: number, name: string, dims: readonly number[]): string;
  abstract end(tensor: string, output: string): void;
}

const PADS = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } as const;

/** He: deviation sqrt(2 / inputs), which keeps the size of activations through ReLU. */
function weightScale(inputs: number): number {
  return Math.fround(Math.sqrt(2 / inputs) / WEIGHT_STEPS_PER_DEVIATION);
}

function inputsOf(dims: readonly number[]): number {
  const [first = 1, ...rest] = dims;
  return dims.length === 2 ? first : rest.reduce((product, dim) => product * dim, 1);
}

/** uint8 activations and int8 weights; an output of zero point 0 is the ReLU. */
class Int8Graph extends GraphBuilder {
  #quantisation: [scale: string, zero: string] = ['', ''];

  begin(input: string): string {
    this.store('zero', [], DATA_TYPE.uint8, Uint8Array.of(0));
    this.store('weight_zero', [], DATA_TYPE.int8, Uint8Array.of(0));
    this.#quantisation = [
      this.#number('data_scale', INPUT_SCALE),
      this.store('data_zero', [], DATA_TYPE.uint8, Uint8Array.of(INPUT_ZERO)),
    ];
    this.node('QuantizeLinear', [input, ...this.#quantisation], ['data_quantized']);
    return 'data_quantized';
  }

  convolution(input: string, layer: number, name: string, dims: readonly number[]): string {
    return this.#layer('QLinearConv', PADS, input, layer, name, dims);
  }

  dense(input: string, layer: number, name: string, dims: readonly number[]): string {
    return this.#layer('QLinearMatMul', {}, input, layer, name, dims);
  }

  end(tensor: string, output: string): void {
    this.node('DequantizeLinear', [tensor, ...this.#quantisation], [output]);
  }

  #layer(
    opType: string,
    attributes: NodeSpec['attributes'],
    input: string,
    layer: number,
    name: string,
    dims: readonly number[],
  ): string {
    const weight = this.store(`${name}_weight`, dims, DATA_TYPE.int8, this.weights(layer, dims).asInt8());
    const scale = this.#number(`${name}_weight_scale`, weightScale(inputsOf(dims)));
    const before = this.#quantisation;
    this.#quantisation = [this.#number(`${name}_scale`, (ACTIVATION_LIMITS[layer] as number) / 255), 'zero'];
    this.node(opType, [input, ...before, weight, scale, 'weight_zero', ...this.#quantisation], [name], attributes);
    return name;
  }

  #number(name: string, value: number): string {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.store(name, [], DATA_TYPE.float, bytes);
  }
}

/** The same weights in float32, to measure what int8 gains. */
class Float32Graph extends GraphBuilder {
  begin(input: string): string {
    return input;
  }

  convolution(input: string, layer: number, name: string, dims: readonly number[]): string {
    return this.#layer('Conv', PADS, input, layer, name, dims);
  }

  dense(input: string, layer: number, name: string, dims: readonly number[]): string {
    return this.#layer('MatMul', {}, input, layer, name, dims);
  }

  end(tensor: string, output: string): void {
    this.node('Identity', [tensor], [output]);
  }

  #layer(
    opType: string,
    attributes: NodeSpec['attributes'],
    input: string,
    layer: number,
    name: string,
    dims: readonly number[],
  ): string {
    const data = this.weights(layer, dims).asFloat32(weightScale(inputsOf(dims)));
    const weight = this.store(`${name}_weight`, dims, DATA_TYPE.float, data);
    this.node(opType, [input, weight], [`${name}_sum`], attributes);
    this.node('Relu', [`${name}_sum`], [name]);
    return name;
  }
}
