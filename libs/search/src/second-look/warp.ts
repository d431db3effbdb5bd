import type { Plane, PlaneSize } from './plane.js';

/**
 * Where a template lies in a plane: the point (u, v) from the template's centre falls on (xx·u + xy·v + x, yx·u + yy·v + y),
 * in pixels, the plane's from its top left corner.
 */
export interface Warp {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly x: number;
  readonly y: number;
}

/** How much larger a pixel of the template is in the plane, along each of the template's axes. */
export function stretch({ xx, xy, yx, yy }: Warp): { readonly across: number; readonly down: number } {
  return { across: Math.hypot(xx, yx), down: Math.hypot(xy, yy) };
}

/** What an edit does to a frame at most, beside turning, cropping and scaling it. */
const MOST_UNEVEN = 1.35;
const MOST_SLANT = 0.35;
/** How far refinement may get from the scale at which a place was found. */
const MOST_SCALED = 1.7;

export function isPlausible(warp: Warp): boolean {
  const { across, down } = stretch(warp);
  const slant = Math.abs(warp.yx) / across + Math.abs(warp.xy) / down;
  const isEven = across < down * MOST_UNEVEN && down < across * MOST_UNEVEN;
  return isEven && slant < MOST_SLANT && across < MOST_SCALED && across > 1 / MOST_SCALED;
}

export interface Sizes {
  readonly template: PlaneSize;
  readonly plane: PlaneSize;
}

/** The same place between the same pictures in other sizes. */
export function resizedWarp({ xx, xy, yx, yy, x, y }: Warp, from: Sizes, to: Sizes): Warp {
  const across = to.plane.width / from.plane.width;
  const down = to.plane.height / from.plane.height;
  const u = from.template.width / to.template.width;
  const v = from.template.height / to.template.height;
  return { xx: xx * u * across, xy: xy * v * across, yx: yx * u * down, yy: yy * v * down, x: x * across, y: y * down };
}

/** What a template lies on, pixel by pixel of the template. */
export interface Sample {
  readonly values: Float64Array;
  /** 1 where the template's pixel lies inside the plane, else 0. */
  readonly inside: Uint8Array;
  /** Room for what is made of them. */
  readonly differences: Float64Array;
}

export function emptySample(pixels: number): Sample {
  return { values: new Float64Array(pixels), inside: new Uint8Array(pixels), differences: new Float64Array(pixels) };
}

/** How far outside the centres of the outermost pixels a point still counts as inside. */
const RIM = 0.75;

/** Reads the plane under the template between its pixels, linearly. @returns how many of the template's pixels lie inside */
export function samplePlane(plane: Plane, { xx, xy, yx, yy, x, y }: Warp, size: PlaneSize, into: Sample): number {
  const { width, height, values } = plane;
  const [lastX, lastY] = [width - 1, height - 1];
  const [right, below] = [width > 1 ? 1 : 0, height > 1 ? width : 0];
  const [lastLeft, lastTop] = [Math.max(0, width - 2), Math.max(0, height - 2)];
  let count = 0;
  for (let row = 0, at = 0; row < size.height; row++) {
    const v = row + 0.5 - size.height / 2;
    let px = xy * v + x - 0.5 + xx * (0.5 - size.width / 2);
    let py = yy * v + y - 0.5 + yx * (0.5 - size.width / 2);
    for (let column = 0; column < size.width; column++, at++, px += xx, py += yx) {
      const isInside = px > -RIM && py > -RIM && px < lastX + RIM && py < lastY + RIM;
      into.inside[at] = isInside ? 1 : 0;
      if (!isInside) continue;
      count++;
      const left = cellOf(px, lastLeft);
      const top = cellOf(py, lastTop);
      const shareX = shareOf(px - left);
      const shareY = shareOf(py - top);
      const corner = top * width + left;
      const a = values[corner] as number;
      const b = values[corner + below] as number;
      const upper = a + shareX * ((values[corner + right] as number) - a);
      const lower = b + shareX * ((values[corner + below + right] as number) - b);
      into.values[at] = upper + shareY * (lower - upper);
    }
  }
  return count;
}

/** Without the functions of Math: this runs for every pixel of every step. */
function cellOf(position: number, last: number): number {
  if (position <= 0) return 0;
  return position < last ? position | 0 : last;
}

function shareOf(beyond: number): number {
  if (beyond <= 0) return 0;
  if (beyond < 1) return beyond;
  return 1;
}
