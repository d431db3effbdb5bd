import type { GreyCopy, Region } from '#core';
import { type SearchedPlane, searchedPlane, type Template, templatesWithin } from './coarse-search.js';
import { localContrast } from './local-contrast.js';
import { type Plane, type PlaneSize, resized, sizeWithin } from './plane.js';
import { type Refinable, refinable } from './refinable.js';
import { type Frame, frameOf, trimmed } from './trimmed.js';
import { type Turn, turned, turnedBack } from './turns.js';

/** Pixels of the planes in which places are found and then made better. */
const COARSE_PIXELS = 192;
const MIDDLE_PIXELS = 432;
const MIDDLE_RADIUS = 3;
const FINE_RADIUS = 3;

/** A grey copy without its border, in one turn, with what finding places takes, made when it is asked for first. */
export class PreparedCopy {
  readonly turn: Turn;
  /** Without pixels where the picture is plain. */
  readonly grey: Plane;
  readonly middle: Plane;
  readonly coarse: SearchedPlane;
  readonly #size: PlaneSize;
  readonly #frame: Frame;
  readonly #middleGrey: Plane;
  #fine: Plane | undefined;
  readonly #templates = new Map<string, readonly Template[]>();
  readonly #refinables = new Map<string, Refinable>();

  constructor({ width, height, pixels }: GreyCopy, turn: Turn) {
    this.turn = turn;
    const plane = { width, height, values: Float64Array.from(pixels) };
    this.#size = { width, height };
    this.#frame = frameOf(plane);
    this.grey = turned(trimmed(plane, this.#frame), turn);
    this.#middleGrey = resized(this.grey, sizeWithin(this.grey, MIDDLE_PIXELS));
    this.middle = localContrast(this.#middleGrey, MIDDLE_RADIUS);
    this.coarse = searchedPlane(resized(this.#middleGrey, sizeWithin(this.grey, COARSE_PIXELS)));
  }

  /** A rectangle of `grey`, in shares of its sides, as one of the upright picture with its border. */
  inUpright(region: Region): Region {
    const { left, top, width, height } = turnedBack(region, this.turn);
    const [across, down] = [this.#frame.width / this.#size.width, this.#frame.height / this.#size.height];
    return {
      left: this.#frame.left / this.#size.width + left * across,
      top: this.#frame.top / this.#size.height + top * down,
      width: width * across,
      height: height * down,
    };
  }

  templatesWithin(size: PlaneSize): readonly Template[] {
    return made(this.#templates, size, () => templatesWithin(this.#middleGrey, size));
  }

  /** Local contrast in the copy's own size. */
  get fine(): Plane {
    this.#fine ??= localContrast(this.grey, FINE_RADIUS);
    return this.#fine;
  }

  /** Local contrast in that size, as in `middle`. */
  contrastIn(size: PlaneSize): Refinable {
    const make = () => refinable(localContrast(resized(this.#middleGrey, size), MIDDLE_RADIUS));
    return made(this.#refinables, size, make, 'middle');
  }

  /** Local contrast in that size, as in `fine`. */
  fineContrastIn(size: PlaneSize): Refinable {
    const make = () => refinable(localContrast(resized(this.grey, size), FINE_RADIUS));
    return made(this.#refinables, size, make, 'fine');
  }

  greyIn(size: PlaneSize): Refinable {
    return made(this.#refinables, size, () => refinable(resized(this.grey, size)), 'grey');
  }
}

function made<T>(all: Map<string, T>, { width, height }: PlaneSize, make: () => T, kind = ''): T {
  const key = `${width} ${height} ${kind}`;
  const found = all.get(key);
  if (found !== undefined) return found;
  const value = make();
  all.set(key, value);
  return value;
}
