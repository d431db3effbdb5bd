import type { OnnxModel, OnnxNode, OnnxTensor } from './onnx-graph.js';

/** Ops that only hand a constant on in another form. */
const FORMS_OF_CONSTANT = new Set([
  'Transpose',
  'Identity',
  'Cast',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/** Questions about a graph: who makes a tensor, and is it constant. */
export class GraphLinks {
  readonly #producers = new Map<string, OnnxNode>();

  constructor(readonly model: OnnxModel) {
    for (const node of model.nodes)
      for (const output of node.outputs) if (output !== '') this.#producers.set(output, node);
  }

  producer(tensor: string): OnnxNode | undefined {
    return this.#producers.get(tensor);
  }

  /** The stored values of an initializer or a Constant node. */
  constant(tensor: string): OnnxTensor | undefined {
    const stored = this.model.initializers.get(tensor);
    if (stored) return stored;
    const node = this.producer(tensor);
    return node?.opType === 'Constant' ? node.attributes.get('value')?.tensor : undefined;
  }

  /** The shape of a constant, followed through transposed, cast and dequantised forms; null when it is not constant. */
  constantDims(tensor: string | undefined): readonly number[] | null {
    if (tensor === undefined || tensor === '') return null;
    const stored = this.constant(tensor);
    if (stored) return stored.dims;
    const node = this.producer(tensor);
    if (!node || !FORMS_OF_CONSTANT.has(node.opType)) return null;
    const dims = this.constantDims(node.inputs[0]);
    if (dims === null || node.opType !== 'Transpose') return dims;
    const order = node.attributes.get('perm')?.ints ?? [];
    return order.length === dims.length ? order.map((axis) => dims[axis] ?? 0) : dims.toReversed();
  }

  isConstant(tensor: string | undefined): boolean {
    return this.constantDims(tensor) !== null || this.producer(tensor ?? '')?.opType === 'Constant';
  }

  /** The input of a node that is not a constant: what flows through it. */
  flowingInput(node: OnnxNode): string | undefined {
    if (node.opType === 'QLinearAdd' || node.opType === 'QLinearMul') {
      return this.isConstant(node.inputs[0]) ? node.inputs[3] : node.inputs[0];
    }
    const first = node.inputs[0];
    const second = node.inputs[1];
    const hasTwo = node.opType === 'Add' || node.opType === 'Sum' || node.opType === 'Mul' || node.opType === 'MatMul';
    return hasTwo && this.isConstant(first) ? second : first;
  }
}
