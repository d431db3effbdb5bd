import protobuf from 'protobufjs/minimal.js';
import { returnableBytes } from '#core';
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIM,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './onnx-words.js';

/** Bytes that are made while they are written, for weights that need not be in memory at once. */
export interface LazyBytes {
  readonly byteLength: number;
  chunks(): Iterable<Uint8Array>;
}

/** A message as the pieces it is made of; weights are never copied into a message around them. */
export type Pieces = readonly (Uint8Array | LazyBytes)[];

function piecesLength(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

export function* chunksOf(pieces: Pieces): Iterable<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array || ArrayBuffer.isView(piece)) yield piece as Uint8Array;
    else yield* piece.chunks();
  }
}

/** One copy, of exactly the length needed, whose memory can be given back. */
export function joinPieces(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const joined = returnableBytes(piecesLength(pieces));
  let at = 0;
  for (const chunk of chunksOf(pieces)) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** A length-delimited field around a message that may be large. */
export function delimited(field: number, message: Pieces): Pieces {
  const head = protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .uint32(piecesLength(message))
    .finish();
  return [head, ...message];
}

export type AttributeValue = number | readonly number[] | { readonly float: number };

export interface NodeSpec {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

export function nodeMessage({ opType, inputs, outputs, attributes = {}, domain = '' }: NodeSpec): Uint8Array {
  const w = protobuf.Writer.create();
  for (const name of inputs) w.uint32((NODE.input << 3) | 2).string(name);
  for (const name of outputs) w.uint32((NODE.output << 3) | 2).string(name);
  w.uint32((NODE.name << 3) | 2).string(outputs[0] ?? '');
  w.uint32((NODE.opType << 3) | 2).string(opType);
  for (const [name, value] of Object.entries(attributes)) {
    w.uint32((NODE.attribute << 3) | 2).bytes(attributeMessage(name, value));
  }
  if (domain !== '') w.uint32((NODE.domain << 3) | 2).string(domain);
  return w.finish();
}

function attributeMessage(name: string, value: AttributeValue): Uint8Array {
  const w = protobuf.Writer.create();
  w.uint32((ATTRIBUTE.name << 3) | 2).string(name);
  const type = (number: number) => w.uint32(ATTRIBUTE.type << 3).int32(number);
  if (typeof value === 'number') {
    w.uint32(ATTRIBUTE.i << 3).int64(value);
    type(ATTRIBUTE_TYPE.int);
  } else if ('float' in value) {
    w.uint32((ATTRIBUTE.f << 3) | 5).float(value.float);
    type(ATTRIBUTE_TYPE.float);
  } else {
    for (const each of value) w.uint32(ATTRIBUTE.ints << 3).int64(each);
    type(ATTRIBUTE_TYPE.ints);
  }
  return w.finish();
}

export interface TensorSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian, row-major. */
  readonly data: Uint8Array | LazyBytes;
}

export function tensorMessage({ name, dims, dataType, data }: TensorSpec): Pieces {
  const w = protobuf.Writer.create();
  for (const dim of dims) w.uint32(TENSOR.dims << 3).int64(dim);
  w.uint32(TENSOR.dataType << 3).int32(dataType);
  w.uint32((TENSOR.name << 3) | 2).string(name);
  return [w.finish(), ...delimited(TENSOR.rawData, [data])];
}

export interface ValueSpec {
  readonly name: string;
  readonly elemType: number;
  /** Unknown when left out; a text names a free dimension. */
  readonly dims?: readonly (number | string)[];
}

export function valueMessage({ name, elemType, dims }: ValueSpec): Uint8Array {
  const tensorType = protobuf.Writer.create()
    .uint32(TENSOR_TYPE.elemType << 3)
    .int32(elemType);
  if (dims !== undefined) {
    const shape = protobuf.Writer.create();
    for (const dim of dims) {
      const one = protobuf.Writer.create();
      if (typeof dim === 'number') one.uint32(DIM.value << 3).int64(dim);
      else one.uint32((DIM.param << 3) | 2).string(dim);
      shape.uint32((SHAPE.dim << 3) | 2).bytes(one.finish());
    }
    tensorType.uint32((TENSOR_TYPE.shape << 3) | 2).bytes(shape.finish());
  }
  const type = protobuf.Writer.create()
    .uint32((TYPE.tensor << 3) | 2)
    .bytes(tensorType.finish());
  const w = protobuf.Writer.create();
  w.uint32((VALUE.name << 3) | 2).string(name);
  w.uint32((VALUE.type << 3) | 2).bytes(type.finish());
  return w.finish();
}

export function opsetMessage(domain: string, version: number): Uint8Array {
  const w = protobuf.Writer.create();
  if (domain !== '') w.uint32((OPSET.domain << 3) | 2).string(domain);
  return w
    .uint32(OPSET.version << 3)
    .int64(version)
    .finish();
}

/** The messages of a model, ready to be put together. */
export interface ModelParts {
  readonly irVersion: number;
  readonly opsets: readonly Uint8Array[];
  readonly functions?: readonly Uint8Array[];
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Pieces[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

export function modelPieces(parts: ModelParts): Pieces {
  const each = (field: number, messages: readonly Uint8Array[]) => messages.flatMap((it) => delimited(field, [it]));
  const graph = [
    ...each(GRAPH.node, parts.nodes),
    ...delimited(GRAPH.name, [Buffer.from('graph')]),
    ...parts.initializers.flatMap((tensor) => delimited(GRAPH.initializer, tensor)),
    ...each(GRAPH.input, parts.inputs),
    ...each(GRAPH.output, parts.outputs),
  ];
  return [
    protobuf.Writer.create()
      .uint32(MODEL.irVersion << 3)
      .int64(parts.irVersion)
      .finish(),
    ...delimited(MODEL.producer, [Buffer.from('lookalike')]),
    ...delimited(MODEL.graph, graph),
    ...each(MODEL.opset, parts.opsets),
    ...each(MODEL.functions, parts.functions ?? []),
  ];
}
