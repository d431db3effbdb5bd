import { createHash } from 'node:crypto';
import { LookalikeError } from '#core';

/** Makes of a vector one of fewer numbers: its dot product with each component, less what the mean has. */
export interface Projection {
  /** Numbers of what is projected. */
  readonly size: number;
  /** A row of `size` numbers for each number of the result. */
  readonly components: Float32Array;
  /** Of each component. */
  readonly offset: Float32Array;
}

const FORMAT = 'lookalike-projection-1';

/** A line of JSON, and then the offset and the components as little-endian float32. */
export function encodeProjection({ size, components, offset }: Projection): Buffer {
  const head = Buffer.from(`${JSON.stringify({ format: FORMAT, size, components: components.length / size })}\n`);
  return Buffer.concat([head, floatBytes(offset), floatBytes(components)]);
}

/** @throws `log-damaged`. */
export function decodeProjection(bytes: Buffer): Projection {
  const end = bytes.indexOf('\n');
  const head = parsed(bytes.subarray(0, Math.max(0, end)));
  const [size, count] = [Number(head.size), Number(head.components)];
  const values = bytes.subarray(end + 1);
  const isWhole = head.format === FORMAT && size > 0 && values.length === 4 * count * (size + 1);
  if (!isWhole) throw new LookalikeError('log-damaged', 'A projection in the log cannot be read.');
  const floats = Float32Array.from({ length: count * (size + 1) }, (_, at) => values.readFloatLE(at * 4));
  return { size, offset: floats.slice(0, count), components: floats.slice(count) };
}

function floatBytes(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes;
}

function parsed(line: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(line.toString('utf8')));
  } catch {
    return {};
  }
}

export function projectionDigest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Not of unit length. Where nothing is left of a vector some direction stands for it, since no index takes one without: it is
 * found by exact searches then. 1 ms for 256 of 4096 numbers.
 * @throws `invalid-vector` for another size.
 */
export function projected({ size, components, offset }: Projection, vector: Float32Array): Float32Array {
  if (vector.length !== size) {
    const rule = `must have ${size} numbers, not ${vector.length}`;
    throw new LookalikeError('invalid-vector', `What is projected ${rule}.`, { facts: { rule } });
  }
  const result = new Float32Array(components.length / size);
  let isEmpty = true;
  for (let row = 0; row < result.length; row++) {
    const at = row * size;
    let [sum, more] = [0, 0];
    for (let i = 0; i < size; i += 2) {
      sum += (components[at + i] as number) * (vector[i] as number);
      if (i + 1 < size) more += (components[at + i + 1] as number) * (vector[i + 1] as number);
    }
    result[row] = sum + more - (offset[row] as number);
    isEmpty &&= result[row] === 0;
  }
  if (isEmpty) result[0] = 1;
  return result;
}
