import type { GraphLinks } from './graph-links.js';
import { DATA_TYPE } from './onnx-words.js';

/** How a tensor's numbers are to be read as float32. */
export type TensorType =
  | { readonly kind: 'float' }
  | { readonly kind: 'cast' }
  | { readonly kind: 'quantised'; readonly scale: string; readonly zeroPoint: string | undefined };

/** Where the scale and zero point of a node's output stand among its inputs. */
const OUTPUT_SCALE: Readonly<Record<string, number>> = {
  QuantizeLinear: 1,
  QLinearMatMul: 6,
  QLinearConv: 6,
  QLinearAdd: 6,
  QLinearMul: 6,
  QGemm: 7,
  QLinearLeakyRelu: 3,
  QLinearSigmoid: 3,
  QLinearAveragePool: 3,
  QLinearGlobalAveragePool: 3,
};

const SAME_TYPE = new Set([
  'MaxPool',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Identity',
  'Dropout',
  'Relu',
  'Clip',
]);

/** Follows a tensor back to the node that chose its number format; declared types win where there are any. */
export function tensorType(links: GraphLinks, tensor: string): TensorType {
  for (let name = tensor; ; ) {
    const node = links.producer(name);
    const at = node && OUTPUT_SCALE[node.opType];
    const scale = at === undefined ? undefined : node?.inputs[at];
    if (node && at !== undefined && scale) {
      return { kind: 'quantised', scale, zeroPoint: node.inputs[at + 1] || undefined };
    }
    if (!node || !SAME_TYPE.has(node.opType)) break;
    name = node.inputs[0] ?? '';
  }
  const declared = links.model.values.get(tensor)?.elemType;
  return { kind: declared === DATA_TYPE.float16 || declared === DATA_TYPE.double ? 'cast' : 'float' };
}
