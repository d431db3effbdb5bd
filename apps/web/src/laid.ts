import type { Region } from './query.js';
import type { Schemas } from './server.js';

type Turn = Schemas['Turn'];
type Common = Schemas['CommonPart'];

export const WHOLE: Region = { left: 0, top: 0, width: 1, height: 1 };

/** The matrices of CSS that turn an element as the picture in it has to be turned, in the order a, b, c, d. */
const MATRICES: Readonly<Record<Turn, readonly [number, number, number, number]>> = {
  none: [1, 0, 0, 1],
  'rotate-90': [0, 1, -1, 0],
  'rotate-180': [-1, 0, 0, -1],
  'rotate-270': [0, -1, 1, 0],
  flip: [1, 0, 0, -1],
  flop: [-1, 0, 0, 1],
  transpose: [0, 1, 1, 0],
  transverse: [0, -1, -1, 0],
};

export const turnTransform = (turn: Turn): string => `matrix(${MATRICES[turn].join(', ')}, 0, 0)`;

/** Whether width and height change places. */
export const isSideways = (turn: Turn): boolean => MATRICES[turn][0] === 0;

/** Where the turned picture has what the upright one has in a rectangle. */
export function turned({ left, top, width, height }: Region, turn: Turn): Region {
  const [a, b, c, d] = MATRICES[turn];
  const [x, y] = [left + width / 2 - 0.5, top + height / 2 - 0.5];
  const [across, down] = isSideways(turn) ? [height, width] : [width, height];
  return { left: a * x + c * y + 0.5 - across / 2, top: b * x + d * y + 0.5 - down / 2, width: across, height: down };
}

/** A rectangle in shares of a part of a picture, in shares of the picture. */
export function withinPart(part: Region, { left, top, width, height }: Region): Region {
  return {
    left: part.left + left * part.width,
    top: part.top + top * part.height,
    width: width * part.width,
    height: height * part.height,
  };
}

/** A rectangle in shares of another. */
export function sharesOf(whole: Region, { left, top, width, height }: Region): Region {
  return {
    left: (left - whole.left) / whole.width,
    top: (top - whole.top) / whole.height,
    width: width / whole.width,
    height: height / whole.height,
  };
}

/** Where the whole turned query lies when what both show is laid over each other, in shares of the result; its edges may be outside. */
export function laidOn({ query, candidate }: Common, turn: Turn): Region {
  return withinPart(candidate, sharesOf(turned(query, turn), WHOLE));
}

export function around(a: Region, b: Region): Region {
  const [left, top] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  const width = Math.max(a.left + a.width, b.left + b.width) - left;
  const height = Math.max(a.top + a.height, b.top + b.height) - top;
  return { left, top, width, height };
}

/** As properties of an element that is placed in what the shares are of. */
export function placed({ left, top, width, height }: Region): Record<'left' | 'top' | 'width' | 'height', string> {
  const share = (value: number) => `${value * 100}%`;
  return { left: share(left), top: share(top), width: share(width), height: share(height) };
}
