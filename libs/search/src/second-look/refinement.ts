import type { Plane } from './plane.js';
import { type Light, PARAMETERS, parameterSums, type Refinable } from './refinable.js';
import { type Sample, samplePlane, type Warp } from './warp.js';

/** Differences count up to so many of the template's deviations, so that what is covered does not pull. */
const MOST_DIFFERENCE = 1;
/** Less of a template than this inside the plane is no place. */
const MIN_INSIDE = 0.5;

export interface RefinedPlace {
  readonly warp: Warp;
  /** Normalised cross-correlation there, -1 to 1. */
  readonly correlation: number;
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
