import type { PlaneSize } from './plane.js';
import type { Sample } from './warp.js';

/** Pixels of a block's side: a text or a strip spoils the blocks that it covers, and no others. */
const BLOCK_SIDE = 6;
/** Pixels of a block that must lie inside for it to count. */
const MIN_PIXELS = 6;
/** No block agrees better than this: 1 would be infinite evidence. */
const MOST_CORRELATION = 0.98;
const MOST_INFORMATION = informationOf(MOST_CORRELATION);

/** How the values of one kind are weighed; squares of grey levels, found on photos with `npm run bench -- second-look`. */
interface Weighing {
  /** Variance that is noise: what varies less cannot correlate. */
  readonly noise: number;
  /** Variance at which a block counts half. */
  readonly texture: number;
  /** What a pixel of a block that does not agree at all takes away, in nats. */
  readonly doubt: number;
}

const GREY: Weighing = { noise: 9, texture: 60, doubt: 0.25 };
const SLOPE: Weighing = { noise: 8, texture: 40, doubt: 0.15 };

/** Of the gradients in a block, a square of grey levels for each: those of the codec's rounding are as round as any. */
const GRADIENT_NOISE = 8;

/**
 * How strongly two aligned pictures speak for being the same, in nats by and large. Of each block, and of the differences
 * between its neighbouring pixels, the normalised correlation r says -ln(1 - r²) / 2 a pixel, the information that two
 * normal variables share, less a doubt; both count by the block's texture and by the roundness of its gradients. What is shared
 * counts by that of the picture with less, for a straight edge lies on every other one; doubt by that of the picture with more. So
 * evidence grows with the area that agrees and with what is to be seen there: plain pictures and straight edges say next to
 * nothing, a covered part takes away little, and a part that differs everywhere takes away much.
 *
 * @param template grey levels, in rows
 * @param sample what lies under the template
 */
export function judge(template: Float64Array, sample: Sample, size: PlaneSize): BlockEvidence {
  const { width, height } = size;
  const across = Math.max(1, Math.round(width / BLOCK_SIDE));
  const down = Math.max(1, Math.round(height / BLOCK_SIDE));
  let found = 0;
  let possible = 0;
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const block = evidenceOf(template, sample, size, {
        left: Math.floor((column * width) / across),
        right: Math.floor(((column + 1) * width) / across),
        top: Math.floor((row * height) / down),
        bottom: Math.floor(((row + 1) * height) / down),
      });
      found += block.found;
      possible += block.possible;
    }
  }
  return { found, possible };
}

/** In nats. */
export interface BlockEvidence {
  readonly found: number;
  /** What there would be if all blocks agreed as well as counts. */
  readonly possible: number;
}

interface Block {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The sums of the grey levels and those of the differences to the pixels at the right and below, of both in one pass. */
function evidenceOf(template: Float64Array, { values, inside }: Sample, size: PlaneSize, block: Block): BlockEvidence {
  let count = 0;
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0];
  let [slopeA, slopeB, slopes] = [0, 0, 0];
  const { width, height } = size;
  for (let y = block.top; y < block.bottom; y++) {
    for (let x = block.left; x < block.right; x++) {
      const at = y * width + x;
      if (inside[at] === 0) continue;
      const [a, b] = [template[at] as number, values[at] as number];
      count++;
      sumA += a;
      sumB += b;
      squareA += a * a;
      squareB += b * b;
      product += a * b;
      if (x + 1 < width && inside[at + 1] === 1) {
        const [changeA, changeB] = [(template[at + 1] as number) - a, (values[at + 1] as number) - b];
        slopeA += changeA * changeA;
        slopeB += changeB * changeB;
        slopes += changeA * changeB;
      }
      if (y + 1 < height && inside[at + width] === 1) {
        const [changeA, changeB] = [(template[at + width] as number) - a, (values[at + width] as number) - b];
        slopeA += changeA * changeA;
        slopeB += changeB * changeB;
        slopes += changeA * changeB;
      }
    }
  }
  if (count < MIN_PIXELS) return { found: 0, possible: 0 };
  const varianceA = Math.max(0, squareA / count - (sumA / count) ** 2);
  const varianceB = Math.max(0, squareB / count - (sumB / count) ** 2);
  const grey = agreement(varianceA, varianceB, product / count - (sumA / count) * (sumB / count), GREY);
  const slope = agreement(slopeA / count, slopeB / count, slopes / count, SLOPE);
  const round = [roundness(template, inside, size, block), roundness(values, inside, size, block)] as const;
  const [less, more] = [Math.min(...round), Math.max(...round)];
  return {
    found: count * (less * (grey.shared + slope.shared) - more * (grey.doubt + slope.doubt)),
    possible: count * more * (grey.most + slope.most - grey.doubt - slope.doubt),
  };
}

/**
 * Of the gradients in a block: near 0 where all point one way, as along a straight edge, to 1 where none is preferred, at a corner or in a
 * texture. That is 4 det / trace² of the structure tensor (Förstner and Gülch, "A fast operator for detection and precise location
 * of distinct points, corners and centres of circular features", 1987). Gradients are Roberts crosses, differences along both
 * diagonals of four pixels ("Machine perception of three-dimensional solids", 1963): both are of one point, where differences to the right
 * and below are of two, so that slanted edges seem round.
 */
function roundness(values: Float64Array, inside: Uint8Array, { width, height }: PlaneSize, block: Block): number {
  const [right, bottom] = [Math.min(block.right, width - 1), Math.min(block.bottom, height - 1)];
  let count = 0;
  let [xx, yy, xy] = [0, 0, 0];
  for (let y = block.top; y < bottom; y++) {
    for (let x = block.left; x < right; x++) {
      const at = y * width + x;
      const below = at + width;
      if (inside[at] === 0 || inside[at + 1] === 0 || inside[below] === 0 || inside[below + 1] === 0) continue;
      const falling = (values[below + 1] as number) - (values[at] as number);
      const rising = (values[at + 1] as number) - (values[below] as number);
      count++;
      xx += falling * falling;
      yy += rising * rising;
      xy += falling * rising;
    }
  }
  if (count === 0) return 0;
  const trace = xx + yy + GRADIENT_NOISE * count;
  return Math.max(0, (4 * (xx * yy - xy * xy)) / (trace * trace));
}

/** Of the values of one kind in a block, each weighed by the block's texture. */
interface Agreement {
  readonly shared: number;
  /** What a block that agrees as well as counts shares. */
  readonly most: number;
  readonly doubt: number;
}

/** Nats a pixel. */
function agreement(
  varianceA: number,
  varianceB: number,
  covariance: number,
  { noise, texture, doubt }: Weighing,
): Agreement {
  const r = covariance / Math.sqrt((varianceA + noise) * (varianceB + noise));
  const counted = Math.min(MOST_CORRELATION, Math.max(0, r));
  const weight = (varianceA / (varianceA + texture) + varianceB / (varianceB + texture)) / 2;
  return {
    shared: weight * informationOf(counted),
    most: weight * MOST_INFORMATION,
    doubt: weight * doubt,
  };
}

/** That two normal variables share. */
function informationOf(correlation: number): number {
  return -0.5 * Math.log(1 - correlation * correlation);
}
