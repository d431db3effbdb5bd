import { LookalikeError } from './errors.js';

/**
 * The vector divided by its Euclidean length, so that a dot product is the cosine.
 * @throws LookalikeError `picture-without-features` for all zeros, NaN or infinity, which have no direction.
 */
export function unitVector(values: Float32Array): Float32Array {
  let sum = 0;
  for (const value of values) sum += value * value;
  if (!(sum > 0) || !Number.isFinite(sum)) {
    throw new LookalikeError('picture-without-features', 'The encoder finds nothing in this picture.');
  }
  const scale = 1 / Math.sqrt(sum);
  return values.map((value) => value * scale);
}
