import type { Plane } from './plane.js';

/**
 * The eight ways to lay a picture down, named as jpegtran and exiftool name them: rotations are clockwise, `flop` mirrors
 * left and right, `flip` top and bottom, `transpose` about the diagonal from the top left corner, `transverse` about the other.
 */
export const TURNS = [
  'none',
  'rotate-90',
  'rotate-180',
  'rotate-270',
  'flop',
  'flip',
  'transpose',
  'transverse',
] as const;

export type Turn = (typeof TURNS)[number];

/** Where a turned picture takes its pixel (x, y) from: sides swapped first, then mirrored. */
const WAYS: Readonly<
  Record<Turn, { readonly swapped: boolean; readonly mirrorX: boolean; readonly mirrorY: boolean }>
> = {
  none: { swapped: false, mirrorX: false, mirrorY: false },
  'rotate-90': { swapped: true, mirrorX: false, mirrorY: true },
  'rotate-180': { swapped: false, mirrorX: true, mirrorY: true },
  'rotate-270': { swapped: true, mirrorX: true, mirrorY: false },
  flop: { swapped: false, mirrorX: true, mirrorY: false },
  flip: { swapped: false, mirrorX: false, mirrorY: true },
  transpose: { swapped: true, mirrorX: false, mirrorY: false },
  transverse: { swapped: true, mirrorX: true, mirrorY: true },
};

export function turned(plane: Plane, turn: Turn): Plane {
  if (turn === 'none') return plane;
  const { swapped, mirrorX, mirrorY } = WAYS[turn];
  const [width, height] = swapped ? [plane.height, plane.width] : [plane.width, plane.height];
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [alongX, alongY] = swapped ? [y, x] : [x, y];
      const sourceX = mirrorX ? plane.width - 1 - alongX : alongX;
      const sourceY = mirrorY ? plane.height - 1 - alongY : alongY;
      values[y * width + x] = plane.values[sourceY * plane.width + sourceX] as number;
    }
  }
  return { width, height, values };
}
