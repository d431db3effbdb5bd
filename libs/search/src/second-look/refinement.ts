import type { Plane, PlaneSize } from './plane.js';
import { type Sample, samplePlane, type Warp } from './warp.js';

const PARAMETERS = 6;
/** Of the Hessian's diagonal: keeps directions that the template says nothing of from running away. */
const DAMPING = 1e-3;
/** Differences count up to so many of the template's deviations, so that what is covered does not pull. */
const MOST_DIFFERENCE = 1;
/** Less of a template than this inside the plane is no place. */
const MIN_INSIDE = 0.5;

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

interface Light {
  readonly brightness: number;
  readonly contrast: number;
}

export interface RefinedPlace {
  readonly warp: Warp;
  /** Normalised cross-correlation there, -1 to 1. */
  readonly correlation: number;
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

/**
 * Moves, scales, stretches and slants the template until it correlates best with what lies under it: the inverse
 * compositional algorithm of Baker and Matthews, "Lucas-Kanade 20 years on" (2004), for affine warps, with gain and
 * offset of light taken out and differences clamped (Huber). Converges from about a pixel away.
 *
 * @param plain variance a pixel that counts as plain, in squares of the values' unit
 */
export function refinePlace(
  template: Refinable,
  plane: Plane,
  from: Warp,
  { steps, plain, sample }: { readonly steps: number; readonly plain: number; readonly sample: Sample },
): RefinedPlace {
  let best: RefinedPlace = { warp: from, correlation: -1 };
  let warp = from;
  for (let step = 0; ; step++) {
    const match = matchAt(template, plane, warp, sample, plain);
    if (match.correlation > best.correlation) best = { warp, correlation: match.correlation };
    if (step === steps || match.correlation === -1) return best;
    const next = composed(warp, improvement(template, sample, match));
    if (next === null) return best;
    warp = next;
  }
}

interface Match {
  readonly correlation: number;
  readonly mean: number;
  readonly templateMean: number;
  /** Of the template's contrast over that of what lies under it. */
  readonly gain: number;
}

const NO_MATCH: Match = { correlation: -1, mean: 0, templateMean: 0, gain: 1 };

function matchAt(template: Refinable, plane: Plane, warp: Warp, sample: Sample, plain: number): Match {
  const count = samplePlane(plane, warp, template, sample);
  const pixels = template.width * template.height;
  if (count < MIN_INSIDE * pixels) return NO_MATCH;
  let sum = 0;
  let square = 0;
  let product = 0;
  let templateSum = 0;
  let templateSquare = 0;
  for (let at = 0; at < pixels; at++) {
    if (sample.inside[at] === 0) continue;
    const value = sample.values[at] as number;
    const wanted = template.values[at] as number;
    sum += value;
    square += value * value;
    product += value * wanted;
    templateSum += wanted;
    templateSquare += wanted * wanted;
  }
  const contrast = Math.max(0, square - (sum * sum) / count) + plain * count;
  const templateContrast = Math.max(0, templateSquare - (templateSum * templateSum) / count) + plain * count;
  return {
    correlation: (product - (sum * templateSum) / count) / Math.sqrt(contrast * templateContrast),
    mean: sum / count,
    templateMean: templateSum / count,
    gain: Math.sqrt(templateContrast / contrast),
  };
}

/** The change of the template's own warp that makes it most like the sample. */
function improvement(template: Refinable, sample: Sample, { mean, templateMean, gain }: Match): Float64Array {
  const { values, across, down, light, inverseHessian } = template;
  const differences = sample.differences;
  const most = MOST_DIFFERENCE * template.deviation;
  let sum = 0;
  let product = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const found = ((sample.values[at] as number) - mean) * gain - value + templateMean;
    const difference = sample.inside[at] === 0 ? 0 : clamped(found, most);
    differences[at] = difference;
    sum += difference;
    product += difference * value;
  }
  const gradient = parameterSums(across, down, template.width, differences);
  for (let parameter = 0; parameter < PARAMETERS; parameter++) {
    const { brightness, contrast } = light[parameter] as Light;
    gradient[parameter] = (gradient[parameter] as number) - brightness * sum - contrast * product;
  }
  const change = new Float64Array(PARAMETERS);
  for (let at = 0; at < inverseHessian.length; at++) {
    const row = Math.floor(at / PARAMETERS);
    const part = (inverseHessian[at] as number) * (gradient[at % PARAMETERS] as number);
    change[row] = (change[row] as number) + part;
  }
  return change;
}

function clamped(value: number, most: number): number {
  if (value > most) return most;
  if (value < -most) return -most;
  return value;
}

/** The warp after the inverse of the change, or null where that cannot be undone. */
function composed(warp: Warp, change: Float64Array): Warp | null {
  const [xx = 0, xy = 0, yx = 0, yy = 0, x = 0, y = 0] = change;
  const determinant = (1 + xx) * (1 + yy) - xy * yx;
  if (!(determinant > 0.3)) return null;
  const undone = {
    xx: (1 + yy) / determinant,
    xy: -xy / determinant,
    yx: -yx / determinant,
    yy: (1 + xx) / determinant,
  };
  const linear = {
    xx: warp.xx * undone.xx + warp.xy * undone.yx,
    xy: warp.xx * undone.xy + warp.xy * undone.yy,
    yx: warp.yx * undone.xx + warp.yy * undone.yx,
    yy: warp.yx * undone.xy + warp.yy * undone.yy,
  };
  return {
    ...linear,
    x: warp.x - linear.xx * x - linear.xy * y,
    y: warp.y - linear.yx * x - linear.yy * y,
  };
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
function parameterSums(
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
