import type { Plane } from './plane.js';

/** 5 grey levels, squared: what varies less is mostly the codec's rounding, and counts for less the less it varies. */
const NOISE_VARIANCE = 25;

/** Sums over the rectangle from the top left corner up to each pixel; the first row and column are zeros. */
export interface Integrals {
  readonly stride: number;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** Crow, "Summed-area tables for texture mapping" (1984). */
export function integralsOf({ width, height, values }: Plane): Integrals {
  const stride = width + 1;
  const [sums, squares] = [new Float64Array(stride * (height + 1)), new Float64Array(stride * (height + 1))];
  for (let y = 0; y < height; y++) {
    let [sum, square] = [0, 0];
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x] as number;
      sum += value;
      square += value * value;
      const at = (y + 1) * stride + x + 1;
      sums[at] = (sums[at - stride] as number) + sum;
      squares[at] = (squares[at - stride] as number) + square;
    }
  }
  return { stride, sums, squares };
}

/**
 * Each pixel less the mean of its surroundings, over their deviation: about -2 to 2. Light and colour of a place fall away
 * and every place counts alike, so a covered strip or a border hardly weighs more than its area (Brown, Winder and
 * Szeliski, "Multi-image matching using multi-scale oriented patches", 2005, normalise patches so).
 */
export function localContrast(plane: Plane, radius: number): Plane {
  const { width, height, values } = plane;
  const { stride, sums, squares } = integralsOf(plane);
  const contrast = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - radius) * stride, Math.min(height, y + radius + 1) * stride];
    for (let x = 0; x < width; x++) {
      const left = x > radius ? x - radius : 0;
      const right = x + radius < width ? x + radius + 1 : width;
      const area = ((right - left) * (bottom - top)) / stride;
      const mean = inside(sums, left, right, top, bottom) / area;
      // Rounding may bring the variance a little below 0, which the noise makes up for.
      const variance = inside(squares, left, right, top, bottom) / area - mean * mean;
      contrast[y * width + x] = ((values[y * width + x] as number) - mean) / Math.sqrt(variance + NOISE_VARIANCE);
    }
  }
  return { width, height, values: contrast };
}

/** @param top beginning of the row in the table, as `bottom` */
function inside(table: Float64Array, left: number, right: number, top: number, bottom: number): number {
  return (
    (table[bottom + right] as number) -
    (table[top + right] as number) -
    (table[bottom + left] as number) +
    (table[top + left] as number)
  );
}
