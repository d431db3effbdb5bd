import { DATA_TYPE } from '../src/models/onnx-words.js';
import {
  joinPieces,
  modelPieces,
  type NodeSpec,
  nodeMessage,
  opsetMessage,
  type Pieces,
  tensorMessage,
  valueMessage,
} from '../src/models/onnx-writer.js';

/** Small VGG-like graphs as each exporter writes them: 8 × 8 pictures, 4 channels, 2 × 2 positions, layers 6, 6 and 5. */
export const EXPORTERS = ['torch', 'keras', 'mxnet', 'qlinear', 'qdq', 'convolutions'] as const;
export type Exporter = (typeof EXPORTERS)[number];

export interface SmallGraph {
  readonly bytes: Uint8Array;
  /** The names this exporter gave, which the finder does not know. */
  readonly pooled: string;
  readonly fc1: string;
  readonly fc2: string;
  /** The pooled features with their channels last, in a graph that has them. */
  readonly pooledChannelsLast?: string;
}

const CHANNELS = 4;
const FC = 6;
const CLASSES = 5;
const FLAT = CHANNELS * 4;

/** `batch`: how many pictures the graph takes at once; any number by default. */
export function smallGraph(exporter: Exporter, batch: 'N' | number = 'N'): SmallGraph {
  const graph = new Graph(exporter, batch);
  return graph.build();
}

class Graph {
  readonly #nodes: Uint8Array[] = [];
  readonly #stored: Pieces[] = [];
  readonly #declared: Uint8Array[] = [];
  #names = 0;
  #random = 12345;

  constructor(
    readonly exporter: Exporter,
    readonly batch: 'N' | number,
  ) {}

  build(): SmallGraph {
    const names = this[this.exporter]();
    const bytes = joinPieces(
      modelPieces({
        irVersion: this.exporter === 'mxnet' ? 3 : 8,
        opsets: [opsetMessage('', this.exporter === 'mxnet' ? 7 : 13)],
        nodes: this.#nodes,
        initializers: this.#stored,
        inputs: [
          valueMessage({ name: 'in', elemType: DATA_TYPE.float, dims: [this.batch, ...this.#inputDims()] }),
          ...this.#declared,
        ],
        outputs: [valueMessage({ name: names.last, elemType: DATA_TYPE.float })],
      }),
    );
    return { bytes, ...names };
  }

  #inputDims(): number[] {
    return this.exporter === 'keras' ? [8, 8, 3] : [3, 8, 8];
  }

  #node(opType: string, inputs: string[], attributes: NodeSpec['attributes'] = {}): string {
    const output = `t${this.#names++}`;
    this.#nodes.push(nodeMessage({ opType, inputs, outputs: [output], attributes }));
    return output;
  }

  #next(): number {
    this.#random = (Math.imul(this.#random, 1103515245) + 12345) >>> 0;
    return this.#random / 2 ** 32 - 0.4;
  }

  #floats(dims: readonly number[]): string {
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => this.#next());
    return this.#store(dims, DATA_TYPE.float, new Uint8Array(values.buffer));
  }

  #store(dims: readonly number[], dataType: number, data: Uint8Array): string {
    const name = `w${this.#names++}`;
    this.#stored.push(tensorMessage({ name, dims, dataType, data }));
    // before IR 4 every initializer is declared as an input too
    if (this.exporter === 'mxnet') this.#declared.push(valueMessage({ name, elemType: dataType, dims }));
    return name;
  }

  #shape(...dims: number[]): string {
    return this.#store([dims.length], DATA_TYPE.int64, new Uint8Array(BigInt64Array.from(dims, BigInt).buffer));
  }

  #scale(value: number): string {
    return this.#store([], DATA_TYPE.float, new Uint8Array(Float32Array.of(value).buffer));
  }

  #zero(dataType: number, value = 0): string {
    return this.#store([], dataType, Uint8Array.of(value));
  }

  #block(input: string): string {
    const conv = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    const sum = this.#node('Conv', [input, this.#floats([CHANNELS, 3, 3, 3]), this.#floats([CHANNELS])], conv);
    return this.#pool(this.#node('Relu', [sum]));
  }

  #pool(input: string): string {
    return this.#node('MaxPool', [input], { kernel_shape: [4, 4], strides: [4, 4] });
  }

  /** torchvision: average pooling to the same size, Flatten, Gemm with transposed weights, no dropout in inference. */
  torch() {
    const pooled = this.#node('AveragePool', [this.#block('in')], { kernel_shape: [1, 1] });
    const gemm = (input: string, inputs: number, outputs: number) =>
      this.#node('Gemm', [input, this.#floats([outputs, inputs]), this.#floats([outputs])], { transB: 1 });
    const fc1 = this.#node('Relu', [gemm(this.#node('Flatten', [pooled], { axis: 1 }), FLAT, FC)]);
    const fc2 = this.#node('Relu', [gemm(fc1, FC, FC)]);
    return { pooled, fc1, fc2, last: gemm(fc2, FC, CLASSES) };
  }

  /** tf2onnx: rows of colours in, Transpose around the convolutions, Reshape, MatMul and Add, softmax at the end. */
  keras() {
    const pooled = this.#block(this.#node('Transpose', ['in'], { perm: [0, 3, 1, 2] }));
    const rows = this.#node('Transpose', [pooled], { perm: [0, 2, 3, 1] });
    const dense = (input: string, inputs: number, outputs: number) =>
      this.#node('Add', [this.#node('MatMul', [input, this.#floats([inputs, outputs])]), this.#floats([outputs])]);
    const fc1 = this.#node('Relu', [dense(this.#node('Reshape', [rows, this.#shape(-1, FLAT)]), FLAT, FC)]);
    const fc2 = this.#node('Relu', [dense(fc1, FC, FC)]);
    return { pooled, pooledChannelsLast: rows, fc1, fc2, last: this.#node('Softmax', [dense(fc2, FC, CLASSES)]) };
  }

  /** The zoo's MXNet export: old IR, Dropout and Flatten between the layers. */
  mxnet() {
    const pooled = this.#block('in');
    const gemm = (input: string, inputs: number, outputs: number) =>
      this.#node('Gemm', [input, this.#floats([outputs, inputs]), this.#floats([outputs])], { transB: 1 });
    const after = (input: string) => this.#node('Flatten', [this.#node('Dropout', [this.#node('Relu', [input])])]);
    const fc1 = after(gemm(this.#node('Flatten', [pooled]), FLAT, FC));
    const fc2 = after(gemm(fc1, FC, FC));
    return { pooled, fc1, fc2, last: gemm(fc2, FC, CLASSES) };
  }

  /** Fully connected layers converted to convolutions. */
  convolutions() {
    const pooled = this.#block('in');
    const conv = (input: string, inputs: number, outputs: number, side: number) =>
      this.#node('Conv', [input, this.#floats([outputs, inputs, side, side]), this.#floats([outputs])], {
        kernel_shape: [side, side],
      });
    const fc1 = this.#node('Relu', [conv(pooled, CHANNELS, FC, 2)]);
    const fc2 = this.#node('Relu', [conv(fc1, FC, FC, 1)]);
    return { pooled, fc1, fc2, last: this.#node('Flatten', [conv(fc2, FC, CLASSES, 1)]) };
  }

  /** ONNX Runtime's QOperator format: everything on uint8 from the first node on; ReLU is in the output's zero point. */
  qlinear() {
    const quantised = (scale: number, zero: number) => [this.#scale(scale), this.#zero(DATA_TYPE.uint8, zero)];
    const weights = (dims: number[]) => {
      const values = Int8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => Math.round(this.#next() * 100));
      return [
        this.#store(dims, DATA_TYPE.int8, new Uint8Array(values.buffer)),
        this.#scale(0.01),
        this.#zero(DATA_TYPE.int8),
      ];
    };
    const input = quantised(0.01, 128);
    const [q1, q2, q3, q4] = [quantised(0.02, 0), quantised(0.05, 3), quantised(0.1, 0), quantised(0.2, 100)] as const;
    const conv = [this.#node('QuantizeLinear', ['in', ...input]), ...input, ...weights([CHANNELS, 3, 3, 3]), ...q1];
    const pooled = this.#pool(this.#node('QLinearConv', conv, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }));
    const flat = this.#node('Reshape', [pooled, this.#shape(-1, FLAT)]);
    const fc1 = this.#node('QLinearMatMul', [flat, ...q1, ...weights([FLAT, FC]), ...q2]);
    const fc2 = this.#node('QLinearMatMul', [fc1, ...q2, ...weights([FC, FC]), ...q3]);
    const last = this.#node('QLinearMatMul', [fc2, ...q3, ...weights([FC, CLASSES]), ...q4]);
    return { pooled, fc1, fc2, last: this.#node('DequantizeLinear', [last, ...q4]) };
  }

  /** ONNX Runtime's QDQ format: float ops between pairs of QuantizeLinear and DequantizeLinear, weights dequantised. */
  qdq() {
    const pair = (input: string, scale: number) => {
      const q = [this.#scale(scale), this.#zero(DATA_TYPE.uint8)];
      return this.#node('DequantizeLinear', [this.#node('QuantizeLinear', [input, ...q]), ...q]);
    };
    const weights = (dims: number[]) => {
      const values = Int8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => Math.round(this.#next() * 100));
      const stored = this.#store(dims, DATA_TYPE.int8, new Uint8Array(values.buffer));
      return this.#node('DequantizeLinear', [stored, this.#scale(0.01), this.#zero(DATA_TYPE.int8)]);
    };
    const dense = (input: string, inputs: number, outputs: number) =>
      this.#node('MatMul', [input, weights([inputs, outputs])]);
    const pooled = pair(this.#block('in'), 0.02);
    const flat = pair(this.#node('Flatten', [pooled]), 0.02);
    const fc1 = pair(this.#node('Relu', [dense(flat, FLAT, FC)]), 0.03);
    const fc2 = pair(this.#node('Relu', [dense(fc1, FC, FC)]), 0.04);
    return { pooled, fc1, fc2, last: dense(fc2, FC, CLASSES) };
  }
}
