import { LookalikeError } from '#core';
import { GraphLinks } from './graph-links.js';
import { type OnnxModel, type OnnxNode, type OnnxValue, readsOf } from './onnx-graph.js';
import { DATA_TYPE } from './onnx-words.js';
import { joinPieces, modelPieces, nodeMessage, type Pieces, valueMessage } from './onnx-writer.js';
import { tensorType } from './tensor-type.js';

/** From this IR on an initializer that is not declared as an input is a constant, which the runtime can fold. */
const IR_WITH_CONSTANT_INITIALIZERS = 4;
/** DequantizeLinear is in the operator set from here on. */
const OPSET_WITH_DEQUANTIZE = 10;

export interface CutGraph {
  /** A whole model file, in memory that can be given back. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The only input that takes data. */
  readonly input: OnnxValue;
  /** Of the tensors wanted, in their order: float32, and the only ones. */
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
}

/**
 * A model with only what the tensors need, the tensors its only outputs. ONNX Runtime computes every node that a file
 * has, asked for or not, so what is not wanted must go. Weights are spliced as they are: one copy, of the result's size.
 * @throws `model-invalid` for weights in other files, a second input, or a graph that does not reach a tensor.
 */
export function cutGraph(model: OnnxModel, tensors: readonly string[]): CutGraph {
  const links = new GraphLinks(model);
  const needed = neededFor(links, tensors);
  const nodes = model.nodes.filter((node) => needed.nodes.has(node));
  const tails = new Map(tensors.map((tensor) => [tensor, readAsFloat(links, tensor, needed.tensors)]));
  const outputs = [...tails.values()].map(({ output }) => output);
  const stored = [...needed.tensors].flatMap((name) => model.initializers.get(name) ?? []);
  const external = stored.find((it) => it.isExternal);
  if (external) {
    const reason = `The model keeps ${external.name} in another file. Save it as one file.`;
    throw new LookalikeError('model-invalid', reason, { facts: { tensor: external.name } });
  }
  if (model.hasSparseInitializers) throw new LookalikeError('model-invalid', 'Sparse weights are not supported.');
  const isData = (value: OnnxValue) => !model.initializers.has(value.name);
  const inputs = model.inputs.filter((value) => needed.tensors.has(value.name));
  const [input, second] = inputs.filter(isData);
  if (!input || second) {
    const names = inputs.filter(isData).map((value) => value.name);
    throw new LookalikeError('model-invalid', `The feature needs one input, not ${names.length}.`, {
      facts: { names },
    });
  }
  const declared = model.irVersion < IR_WITH_CONSTANT_INITIALIZERS ? inputs : [input];
  const pieces: Pieces = modelPieces({
    irVersion: model.irVersion,
    opsets: model.opsets.map((opset) => opset.bytes),
    functions: model.functions,
    nodes: [...nodes.map((node) => node.bytes), ...[...tails.values()].flatMap((tail) => tail.nodes)],
    initializers: stored.map((it) => [it.bytes]),
    inputs: declared.map((value) => value.bytes),
    outputs: outputs.map((name) => valueMessage({ name, elemType: DATA_TYPE.float })),
  });
  return {
    bytes: joinPieces(pieces),
    input,
    outputs: tensors.map((tensor) => tails.get(tensor)?.output ?? tensor),
    nodes,
  };
}

function neededFor(links: GraphLinks, wanted: readonly string[]): { tensors: Set<string>; nodes: Set<OnnxNode> } {
  const tensors = new Set<string>();
  const nodes = new Set<OnnxNode>();
  const open = [...wanted];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (tensors.has(name)) continue;
    tensors.add(name);
    const node = links.producer(name);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    open.push(...readsOf(node));
  }
  return { tensors, nodes };
}

/** The nodes that make the tensor float32, if any. What they read becomes needed too. */
function readAsFloat(links: GraphLinks, tensor: string, needed: Set<string>): { nodes: Uint8Array[]; output: string } {
  const type = tensorType(links, tensor);
  if (type.kind === 'float') return { nodes: [], output: tensor };
  const output = `${tensor}:float32`;
  if (type.kind === 'cast') {
    const attributes = { to: DATA_TYPE.float };
    return { nodes: [nodeMessage({ opType: 'Cast', inputs: [tensor], outputs: [output], attributes })], output };
  }
  const opset = links.model.opsets.find((it) => it.domain === '')?.version ?? 0;
  if (opset < OPSET_WITH_DEQUANTIZE) {
    throw new LookalikeError('model-invalid', `A quantised model needs opset ${OPSET_WITH_DEQUANTIZE}, not ${opset}.`);
  }
  const inputs = [tensor, type.scale, ...(type.zeroPoint === undefined ? [] : [type.zeroPoint])];
  for (const name of inputs) needed.add(name);
  return { nodes: [nodeMessage({ opType: 'DequantizeLinear', inputs, outputs: [output] })], output };
}
