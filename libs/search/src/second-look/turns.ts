import { HASH_BAND, type Region } from '#core';
import type { Plane, PlaneSize } from './plane.js';

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
  const values = new Float64Array(plane.values.length);
  const size = forEachTurned(plane, turn, (to, from) => {
    values[to] = plane.values[from] as number;
  });
  return { ...size, values };
}

/** @param pixels RGB, 3 bytes a pixel, rows from the top. */
export function turnedPixels(pixels: Uint8Array, size: PlaneSize, turn: Turn): Uint8Array {
  const result = new Uint8Array(pixels.length);
  forEachTurned(size, turn, (to, from) => {
    for (let channel = 0; channel < 3; channel++) result[3 * to + channel] = pixels[3 * from + channel] as number;
  });
  return result;
}

/** Of the frequencies that `lowFrequencies` finds: a mirrored wave of an odd number of half waves is its negative. */
export function turnedFrequencies(frequencies: Float64Array, turn: Turn): Float64Array {
  const { swapped, mirrorX, mirrorY } = WAYS[turn];
  const result = new Float64Array(frequencies.length);
  for (let v = 0; v < HASH_BAND; v++) {
    for (let u = 0; u < HASH_BAND; u++) {
      const [across, down] = swapped ? [v, u] : [u, v];
      const isNegative = (mirrorX && across % 2 === 0) !== (mirrorY && down % 2 === 0);
      const value = frequencies[down * HASH_BAND + across] as number;
      result[v * HASH_BAND + u] = isNegative ? -value : value;
    }
  }
  return result;
}

/** What lays a turned picture down as it was. */
export function inverseTurn(turn: Turn): Turn {
  if (turn === 'rotate-90') return 'rotate-270';
  return turn === 'rotate-270' ? 'rotate-90' : turn;
}

/** Where the upright picture has what a turned one has in a rectangle. */
export function turnedBack({ left, top, width, height }: Region, turn: Turn): Region {
  const { swapped, mirrorX, mirrorY } = WAYS[turn];
  const [alongX, alongY, across, down] = swapped ? [top, left, height, width] : [left, top, width, height];
  return {
    left: mirrorX ? 1 - alongX - across : alongX,
    top: mirrorY ? 1 - alongY - down : alongY,
    width: across,
    height: down,
  };
}

/** Whether a turn lays a picture on its side, so that width and height change places. */
export function isSideways(turn: Turn): boolean {
  return WAYS[turn].swapped;
}

/** @returns the size when it is turned. */
function forEachTurned(from: PlaneSize, turn: Turn, copy: (to: number, from: number) => void): PlaneSize {
  const { swapped, mirrorX, mirrorY } = WAYS[turn];
  const [width, height] = swapped ? [from.height, from.width] : [from.width, from.height];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [alongX, alongY] = swapped ? [y, x] : [x, y];
      const sourceX = mirrorX ? from.width - 1 - alongX : alongX;
      const sourceY = mirrorY ? from.height - 1 - alongY : alongY;
      copy(y * width + x, sourceY * from.width + sourceX);
    }
  }
  return { width, height };
}
