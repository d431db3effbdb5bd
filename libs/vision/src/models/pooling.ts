import type { Pooling } from './encoder-manifest.js';

const LEAST = 1e-6;

/** One picture's tensor: `channels` × positions, or positions × `channels` when the channels come last. */
export interface PooledShape {
  readonly channels: number;
  readonly positions: number;
  readonly channelsLast: boolean;
}

/**
 * Reads the shape of a feature tensor [N, C, H, W], [N, H, W, C] or [N, C] against the size that the manifest promises.
 * Null when it does not fit.
 */
export function pooledShape(dims: readonly number[], size: number, pooling: Pooling): PooledShape | null {
  const each = dims.slice(1);
  const values = each.reduce((product, dim) => product * dim, 1);
  if (pooling.kind === 'none') return values === size ? { channels: size, positions: 1, channelsLast: false } : null;
  if (each[0] === size) return { channels: size, positions: values / size, channelsLast: false };
  if (each.length > 1 && each.at(-1) === size) return { channels: size, positions: values / size, channelsLast: true };
  return null;
}

/**
 * Generalised mean of each channel: (mean of max(x, 1e-6)^p)^(1/p), in float64.
 * Radenović, Tolias and Chum 2018, Fine-tuning CNN image retrieval with no human annotation, eq. 3.
 */
export function generalisedMean(values: Float32Array, shape: PooledShape, p: number, into: Float32Array): void {
  const { channels, positions, channelsLast } = shape;
  const step = channelsLast ? channels : 1;
  for (let channel = 0; channel < channels; channel++) {
    let at = channelsLast ? channel : channel * positions;
    let sum = 0;
    for (let position = 0; position < positions; position++, at += step) {
      const value = Math.max(values[at] as number, LEAST);
      sum += p === 3 ? value * value * value : value ** p;
    }
    into[channel] = (sum / positions) ** (1 / p);
  }
}
