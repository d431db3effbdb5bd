import { DATA_TYPE } from '../src/models/onnx-words.js';
import {
  joinPieces,
  modelPieces,
  nodeMessage,
  opsetMessage,
  tensorMessage,
  valueMessage,
} from '../src/models/onnx-writer.js';

const INPUTS = 3 * 8 * 8;

/**
 * A graph of 8 × 8 pictures whose head sees red, of the first pixel alone: as much of it as there is of class `red`, and of all
 * others nothing. Its tensors are `flat`, `logits` and `probabilities`.
 */
export function classGraph(classes: number, red: number): Uint8Array {
  const weights = new Float32Array(INPUTS * classes);
  weights[red] = 1;
  const node = (opType: string, inputs: string[], output: string) => nodeMessage({ opType, inputs, outputs: [output] });
  return joinPieces(
    modelPieces({
      irVersion: 8,
      opsets: [opsetMessage('', 13)],
      nodes: [
        node('Flatten', ['in'], 'flat'),
        node('MatMul', ['flat', 'weights'], 'logits'),
        node('Softmax', ['logits'], 'probabilities'),
      ],
      initializers: [
        tensorMessage({
          name: 'weights',
          dims: [INPUTS, classes],
          dataType: DATA_TYPE.float,
          data: new Uint8Array(weights.buffer),
        }),
      ],
      inputs: [valueMessage({ name: 'in', elemType: DATA_TYPE.float, dims: ['N', 3, 8, 8] })],
      outputs: [valueMessage({ name: 'probabilities', elemType: DATA_TYPE.float })],
    }),
  );
}
