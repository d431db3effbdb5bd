import protobuf from 'protobufjs/minimal.js';
import { LookalikeError } from '#core';
import { ATTRIBUTE, DIM, GRAPH, MODEL, NODE, OPSET, SHAPE, TENSOR, TENSOR_TYPE, TYPE, VALUE } from './onnx-words.js';

/** Every `bytes` here is a view of the file's buffer: a model is read without copying its weights. */
export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly bytes: Uint8Array;
}

export interface OnnxAttribute {
  readonly int?: number;
  readonly ints: readonly number[];
  readonly tensor?: OnnxTensor;
  /** Names that the nodes of a subgraph (If, Loop) read; some may come from the graph around it. */
  readonly subgraphReads: readonly string[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** True when the weights lie in another file. */
  readonly isExternal: boolean;
  readonly bytes: Uint8Array;
}

/** A declared input, output or inner value. A free dimension (`N`) is null. */
export interface OnnxValue {
  readonly name: string;
  readonly elemType: number;
  readonly dims: readonly (number | null)[] | null;
  readonly bytes: Uint8Array;
}

export interface OnnxModel {
  readonly irVersion: number;
  /** OperatorSetIdProto messages and FunctionProto messages, to be kept as they are. */
  readonly opsets: readonly { readonly domain: string; readonly version: number; readonly bytes: Uint8Array }[];
  readonly functions: readonly Uint8Array[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: ReadonlyMap<string, OnnxValue>;
  readonly hasSparseInitializers: boolean;
}

type Field = (field: number, reader: protobuf.Reader, wireType: number) => boolean;

/** @throws `model-invalid` when the bytes are not an ONNX model. */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  let model: OnnxModel;
  try {
    model = readModel(bytes);
  } catch (cause) {
    throw new LookalikeError('model-invalid', 'The model file is not an ONNX model, or it is cut short.', { cause });
  }
  if (model.nodes.length === 0 || model.opsets.length === 0 || model.outputs.length === 0) {
    throw new LookalikeError('model-invalid', 'The model file is not an ONNX model: it has no graph, output or opset.');
  }
  return model;
}

function readModel(bytes: Uint8Array): OnnxModel {
  let irVersion = 0;
  const graphs: Uint8Array[] = [];
  const opsets: OnnxModel['opsets'][number][] = [];
  const functions: Uint8Array[] = [];
  eachField(bytes, (field, reader) => {
    if (field === MODEL.irVersion) irVersion = integer(reader);
    else if (field === MODEL.graph) graphs.push(reader.bytes());
    else if (field === MODEL.opset) opsets.push(readOpset(reader.bytes()));
    else if (field === MODEL.functions) functions.push(reader.bytes());
    else return false;
    return true;
  });
  if (graphs.length > 1) throw new RangeError('more than one graph');
  return { irVersion, opsets, functions, ...readGraph(graphs[0] ?? new Uint8Array()) };
}

function readGraph(bytes: Uint8Array): Omit<OnnxModel, 'irVersion' | 'opsets' | 'functions'> {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values = new Map<string, OnnxValue>();
  let hasSparseInitializers = false;
  eachField(bytes, (field, reader) => {
    if (field === GRAPH.node) nodes.push(readNode(reader.bytes()));
    else if (field === GRAPH.initializer) {
      const tensor = readTensor(reader.bytes());
      initializers.set(tensor.name, tensor);
    } else if (field === GRAPH.input) inputs.push(readValue(reader.bytes()));
    else if (field === GRAPH.output) outputs.push(readValue(reader.bytes()));
    else if (field === GRAPH.valueInfo) {
      const value = readValue(reader.bytes());
      values.set(value.name, value);
    } else if (field === GRAPH.sparse) {
      hasSparseInitializers = true;
      return false;
    } else return false;
    return true;
  });
  for (const value of [...inputs, ...outputs]) values.set(value.name, value);
  return { nodes, initializers, inputs, outputs, values, hasSparseInitializers };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node = { opType: '', domain: '', name: '', inputs: [] as string[], outputs: [] as string[] };
  const attributes = new Map<string, OnnxAttribute>();
  eachField(bytes, (field, reader) => {
    if (field === NODE.input) node.inputs.push(reader.string());
    else if (field === NODE.output) node.outputs.push(reader.string());
    else if (field === NODE.name) node.name = reader.string();
    else if (field === NODE.opType) node.opType = reader.string();
    else if (field === NODE.domain) node.domain = reader.string();
    else if (field === NODE.attribute) {
      const [name, attribute] = readAttribute(reader.bytes());
      attributes.set(name, attribute);
    } else return false;
    return true;
  });
  return { ...node, domain: node.domain === 'ai.onnx' ? '' : node.domain, attributes, bytes };
}

function readAttribute(bytes: Uint8Array): [string, OnnxAttribute] {
  let name = '';
  let int: number | undefined;
  let tensor: OnnxTensor | undefined;
  const ints: number[] = [];
  const subgraphReads: string[] = [];
  eachField(bytes, (field, reader, wireType) => {
    if (field === ATTRIBUTE.name) name = reader.string();
    else if (field === ATTRIBUTE.i) int = integer(reader);
    else if (field === ATTRIBUTE.t) tensor = readTensor(reader.bytes());
    else if (field === ATTRIBUTE.ints) ints.push(...integers(reader, wireType));
    else if (field === ATTRIBUTE.g || field === ATTRIBUTE.graphs) {
      for (const node of readGraph(reader.bytes()).nodes) subgraphReads.push(...readsOf(node));
    } else return false;
    return true;
  });
  const attribute = { ints, subgraphReads, ...(int === undefined ? {} : { int }), ...(tensor ? { tensor } : {}) };
  return [name, attribute];
}

/** All names that a node reads, those of its subgraphs among them. */
export function readsOf(node: OnnxNode): string[] {
  const inner = [...node.attributes.values()].flatMap((attribute) => attribute.subgraphReads);
  return [...node.inputs, ...inner].filter((name) => name !== '');
}

function readTensor(bytes: Uint8Array): OnnxTensor {
  const tensor = { name: '', dims: [] as number[], dataType: 0, isExternal: false };
  eachField(bytes, (field, reader, wireType) => {
    if (field === TENSOR.dims) tensor.dims.push(...integers(reader, wireType));
    else if (field === TENSOR.dataType) tensor.dataType = integer(reader);
    else if (field === TENSOR.name) tensor.name = reader.string();
    else if (field === TENSOR.location) tensor.isExternal = integer(reader) === 1;
    else return false;
    return true;
  });
  return { ...tensor, bytes };
}

function readValue(bytes: Uint8Array): OnnxValue {
  const value = { name: '', elemType: 0, dims: null as (number | null)[] | null };
  const readDim: Field = (field, reader) => {
    if (field !== SHAPE.dim) return false;
    let size: number | null = null;
    eachField(reader.bytes(), (inner, it) => {
      if (inner !== DIM.value) return false;
      size = integer(it);
      return true;
    });
    value.dims?.push(size !== null && size > 0 ? size : null);
    return true;
  };
  const readTensorType: Field = (field, reader) => {
    if (field === TENSOR_TYPE.elemType) value.elemType = integer(reader);
    else if (field === TENSOR_TYPE.shape) {
      value.dims = [];
      eachField(reader.bytes(), readDim);
    } else return false;
    return true;
  };
  eachField(bytes, (field, reader) => {
    if (field === VALUE.name) value.name = reader.string();
    else if (field === VALUE.type) {
      eachField(reader.bytes(), (kind, it) => {
        if (kind !== TYPE.tensor) return false;
        eachField(it.bytes(), readTensorType);
        return true;
      });
    } else return false;
    return true;
  });
  return { ...value, bytes };
}

function readOpset(bytes: Uint8Array): OnnxModel['opsets'][number] {
  const opset = { domain: '', version: 0 };
  eachField(bytes, (field, reader) => {
    if (field === OPSET.domain) opset.domain = reader.string();
    else if (field === OPSET.version) opset.version = integer(reader);
    else return false;
    return true;
  });
  return { ...opset, domain: opset.domain === 'ai.onnx' ? '' : opset.domain, bytes };
}

/** Calls `take` for every field of a message; a field it does not take is skipped. Throws when the message is cut short. */
function eachField(bytes: Uint8Array, take: Field): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new RangeError('field number 0');
    if (!take(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7);
  }
}

function integer(reader: protobuf.Reader): number {
  return Number(reader.int64());
}

/** Repeated integers come packed or one by one. */
function integers(reader: protobuf.Reader, wireType: number): number[] {
  if (wireType !== 2) return [integer(reader)];
  const packed = protobuf.Reader.create(reader.bytes());
  const found: number[] = [];
  while (packed.pos < packed.len) found.push(integer(packed));
  return found;
}
