import { dotProduct } from '../diversified.js';
import type { Original } from './sample.js';

/** Of each original, in their order. @param query of unit length. */
export function cosines(originals: readonly Original[], vector: string, query: Float32Array): Float64Array {
  return Float64Array.from(originals, ({ vectors }) => {
    const values = vectors[vector];
    return values === undefined ? Number.NaN : dotProduct(values, query);
  });
}

/** The places of the greatest, those of `but` left out. */
export function nearest(values: Float64Array, count: number, but: ReadonlySet<number>): readonly number[] {
  return [...values.keys()]
    .filter((at) => !but.has(at) && !Number.isNaN(values[at]))
    .sort((a, b) => (values[b] as number) - (values[a] as number))
    .slice(0, count);
}
