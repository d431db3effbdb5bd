import type { Plane, PlaneSize } from './plane.js';

/** Numbers of an affine warp. */
export const PARAMETERS = 6;
/** Of the Hessian's diagonal: keeps directions that the template says nothing of from running away. */
const DAMPING = 1e-3;

/** A plane with what is needed to find its place in others, which depends on it alone. */
export interface Refinable extends PlaneSize {
  /** Mean 0. */
  readonly values: Float64Array;
  readonly deviation: number;
  /** How the values change from pixel to pixel. */
  readonly across: Float64Array;
  readonly down: Float64Array;
  /** For each of the warp's six numbers, how much it changes all values alike, and how much in proportion to them. */
  readonly light: readonly Light[];
  readonly inverseHessian: Float64Array;
}

export interface Light {
  readonly brightness: number;
  readonly contrast: number;
}

export function refinable(plane: Plane): Refinable {
  const { width, height } = plane;
  const values = plane.values.slice();
  const mean = sumOf(values) / values.length;
  let square = 0;
  for (let at = 0; at < values.length; at++) {
    const value = (values[at] as number) - mean;
    values[at] = value;
    square += value * value;
  }
  const centred = { width, height, values };
  const [across, down] = [slopesAcross(centred), slopesDown(centred)];
  const sums = parameterSums(across, down, width, null);
  const products = parameterSums(across, down, width, values);
  const light = sums.map((sum, parameter) => ({
    brightness: sum / values.length,
    contrast: square > 0 ? (products[parameter] as number) / square : 0,
  }));
  const inverseHessian = inverse(hessian(across, down, width, light, square));
  return { ...centred, deviation: Math.sqrt(square / values.length), across, down, light, inverseHessian };
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum;
}

function slopesAcross({ width, values }: Plane): Float64Array {
  const slopes = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const column = at % width;
    const left = column > 0 ? 1 : 0;
    const right = column < width - 1 ? 1 : 0;
    slopes[at] = ((values[at + right] as number) - (values[at - left] as number)) / Math.max(1, left + right);
  }
  return slopes;
}

function slopesDown({ width, height, values }: Plane): Float64Array {
  const slopes = new Float64Array(values.length);
  for (let row = 0, at = 0; row < height; row++) {
    const above = row > 0 ? width : 0;
    const below = row < height - 1 ? width : 0;
    const rows = Math.max(1, (above + below) / width);
    for (let column = 0; column < width; column++, at++) {
      slopes[at] = ((values[at + below] as number) - (values[at - above] as number)) / rows;
    }
  }
  return slopes;
}

/**
 * For each of the warp's numbers the sum of how the values change with it, each weighted. At the point (u, v) that is
 * (across·u, across·v, down·u, down·v, across, down).
 */
export function parameterSums(
  across: Float64Array,
  down: Float64Array,
  width: number,
  weights: Float64Array | null,
): number[] {
  const height = across.length / width;
  let [xx, xy, yx, yy, x, y] = [0, 0, 0, 0, 0, 0];
  for (let row = 0, at = 0; row < height; row++) {
    const v = row + 0.5 - height / 2;
    let acrossSum = 0;
    let downSum = 0;
    for (let column = 0; column < width; column++, at++) {
      const u = column + 0.5 - width / 2;
      const weight = weights === null ? 1 : (weights[at] as number);
      const a = weight * (across[at] as number);
      const d = weight * (down[at] as number);
      acrossSum += a;
      downSum += d;
      xx += a * u;
      yx += d * u;
    }
    xy += v * acrossSum;
    yy += v * downSum;
    x += acrossSum;
    y += downSum;
  }
  return [xx, xy, yx, yy, x, y];
}

/** Of the sum of squared differences after changes of light were taken out. */
function hessian(
  across: Float64Array,
  down: Float64Array,
  width: number,
  light: readonly Light[],
  square: number,
): Float64Array {
  const a = moments(across, across, width);
  const m = moments(across, down, width);
  const d = moments(down, down, width);
  const half = (n: Moments, t: Moments) => [
    [n.uu, n.uv, t.uu, t.uv, n.u, t.u],
    [n.uv, n.vv, t.uv, t.vv, n.v, t.v],
  ];
  const rows = [...half(a, m), ...half(m, d), [a.u, a.v, m.u, m.v, a.one, m.one], [m.u, m.v, d.u, d.v, m.one, d.one]];
  const matrix = new Float64Array(PARAMETERS * PARAMETERS);
  for (let at = 0; at < matrix.length; at++) {
    const [row, column] = [Math.floor(at / PARAMETERS), at % PARAMETERS];
    const [p, q] = [light[row] as Light, light[column] as Light];
    const lit = across.length * p.brightness * q.brightness + square * p.contrast * q.contrast;
    matrix[at] = (rows[row]?.[column] as number) - lit;
  }
  return matrix;
}

/** Sums of the products of two slopes, weighted by powers of their point. */
interface Moments {
  readonly one: number;
  readonly u: number;
  readonly v: number;
  readonly uu: number;
  readonly uv: number;
  readonly vv: number;
}

function moments(a: Float64Array, b: Float64Array, width: number): Moments {
  const height = a.length / width;
  let [one, u, v, uu, uv, vv] = [0, 0, 0, 0, 0, 0];
  for (let row = 0, at = 0; row < height; row++) {
    const down = row + 0.5 - height / 2;
    let sum = 0;
    let sumAcross = 0;
    for (let column = 0; column < width; column++, at++) {
      const across = column + 0.5 - width / 2;
      const product = (a[at] as number) * (b[at] as number);
      sum += product;
      sumAcross += product * across;
      uu += product * across * across;
    }
    one += sum;
    u += sumAcross;
    v += down * sum;
    uv += down * sumAcross;
    vv += down * down * sum;
  }
  return { one, u, v, uu, uv, vv };
}

/** Of a symmetric matrix without negative eigenvalues, damped: by Gauss-Jordan elimination, which then needs no pivots. */
function inverse(matrix: Float64Array): Float64Array {
  const size = PARAMETERS;
  const [left, right] = [matrix.slice(), new Float64Array(size * size)];
  for (let i = 0; i < size; i++) {
    const diagonal = i * size + i;
    left[diagonal] = (left[diagonal] as number) * (1 + DAMPING) + Number.EPSILON;
    right[diagonal] = 1;
  }
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / (left[pivot * size + pivot] as number);
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = (left[row * size + pivot] as number) * scale;
      for (let column = 0; column < size; column++) {
        const [at, above] = [row * size + column, pivot * size + column];
        left[at] = (left[at] as number) - factor * (left[above] as number);
        right[at] = (right[at] as number) - factor * (right[above] as number);
      }
    }
  }
  return right.map((value, at) => value / (left[Math.floor(at / size) * (size + 1)] as number));
}
