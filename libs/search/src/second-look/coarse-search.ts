import { type Integrals, integralsOf, localContrast } from './local-contrast.js';
import { type Plane, type PlaneSize, resized } from './plane.js';

/** Of the largest size that fits: a step of 1.15 leaves the sides of what was cropped to half a quarter of a pixel off. */
const SCALES = [1, 0.87, 0.75, 0.65, 0.56, 0.48] as const;
const RADIUS = 2;
/** Pixels: what is smaller on a side is found everywhere. */
const MIN_SIDE = 3;
/** Of the contrast's variance: keeps what is nearly plain from being stretched. */
const PLAIN_VARIANCE = 0.0225;
const COLUMNS_AT_ONCE = 4;

/** Where templates are laid: local contrast of a whole picture. */
export interface SearchedPlane {
  /** Behind its last pixel stand zeros, for the columns that are correlated at once. */
  readonly contrast: Plane;
  readonly integrals: Integrals;
}

/** Local contrast of a whole picture at one scale, mean 0. */
export interface Template extends PlaneSize {
  readonly values: Float64Array;
  /** Root of the sum of squares, that of a plain picture included. */
  readonly norm: number;
}

export interface Place {
  readonly size: PlaneSize;
  readonly left: number;
  readonly top: number;
  /**
   * Normalised cross-correlation times the root of the pixels it was taken over. Of unrelated pictures that has much the
   * same distribution at every scale, so that places of small and large templates can be compared.
   */
  readonly evidence: number;
}

export function searchedPlane(plane: Plane): SearchedPlane {
  const contrast = localContrast(plane, RADIUS);
  const values = new Float64Array(contrast.values.length + COLUMNS_AT_ONCE - 1);
  values.set(contrast.values);
  return { contrast: { ...contrast, values }, integrals: integralsOf(contrast) };
}

/** The plane at all scales at which it fits inside a plane of that size. */
export function templatesWithin(plane: Plane, { width, height }: PlaneSize): readonly Template[] {
  const fit = Math.min(width / plane.width, height / plane.height);
  const templates: Template[] = [];
  for (const scale of SCALES) {
    const size = {
      width: Math.min(width, Math.round(plane.width * fit * scale)),
      height: Math.min(height, Math.round(plane.height * fit * scale)),
    };
    if (Math.min(size.width, size.height) < MIN_SIDE) break;
    templates.push(centred(localContrast(resized(plane, size), RADIUS)));
  }
  return templates;
}

function centred({ width, height, values }: Plane): Template {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  const mean = sum / values.length;
  let square = PLAIN_VARIANCE * values.length;
  for (let at = 0; at < values.length; at++) {
    const value = (values[at] as number) - mean;
    values[at] = value;
    square += value * value;
  }
  return { width, height, values, norm: Math.sqrt(square) };
}

/** The place where a template correlates best with what lies under it (Lewis, "Fast normalized cross-correlation", 1995). */
export function bestPlace(template: Template, searched: SearchedPlane): Place {
  const columns = searched.contrast.width - template.width + 1;
  const rows = searched.contrast.height - template.height + 1;
  const products = new Float64Array(Math.max(columns, COLUMNS_AT_ONCE));
  let [best, left, top] = [0, 0, 0];
  for (let y = 0; y < rows; y++) {
    correlateRow(template, searched.contrast, y, products);
    for (let x = 0; x < columns; x++) {
      const product = products[x] as number;
      if (product <= 0) continue;
      const correlation = product / (template.norm * normUnder(template, searched.integrals, x, y));
      if (correlation > best) [best, left, top] = [correlation, x, y];
    }
  }
  const { width, height } = template;
  return { size: { width, height }, left, top, evidence: best * Math.sqrt(width * height) };
}

/** Sums of products at all columns of a row. Four at a time: each value of the template is read once for them. */
function correlateRow({ width, height, values }: Template, plane: Plane, top: number, products: Float64Array): void {
  const columns = plane.width - width + 1;
  const under = plane.values;
  for (let x = 0; x < columns; x += COLUMNS_AT_ONCE) {
    const from = x + COLUMNS_AT_ONCE <= columns || x === 0 ? x : columns - COLUMNS_AT_ONCE;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let y = 0; y < height; y++) {
      let at = (top + y) * plane.width + from;
      for (let i = y * width; i < (y + 1) * width; i++, at++) {
        const value = values[i] as number;
        a += value * (under[at] as number);
        b += value * (under[at + 1] as number);
        c += value * (under[at + 2] as number);
        d += value * (under[at + 3] as number);
      }
    }
    products[from] = a;
    products[from + 1] = b;
    products[from + 2] = c;
    products[from + 3] = d;
  }
}

function normUnder({ width, height }: Template, { stride, sums, squares }: Integrals, x: number, y: number): number {
  const [a, c] = [y * stride + x, (y + height) * stride + x];
  const [b, d] = [a + width, c + width];
  const sum = (sums[d] as number) - (sums[b] as number) - (sums[c] as number) + (sums[a] as number);
  const square = (squares[d] as number) - (squares[b] as number) - (squares[c] as number) + (squares[a] as number);
  const area = width * height;
  return Math.sqrt(square - (sum * sum) / area + PLAIN_VARIANCE * area);
}
