import { LookalikeError } from './errors.js';
import { refusedField } from './refused-field.js';

/** A rectangle of an upright picture: each number is a share of its width or height, 0 to 1. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is smaller has nothing to be found by. */
export const MIN_REGION_PIXELS = 16;

/** Sums of shares that were divided by a number of pixels may exceed 1 by this. */
const ROUNDING = 1e-6;

/** @throws `invalid-request` when it is not inside of a picture. */
export function checkRegion({ left, top, width, height }: Region, field = 'region'): void {
  const isInside = (start: number, length: number) => start >= 0 && length > 0 && start + length <= 1 + ROUNDING;
  if (isInside(left, width) && isInside(top, height)) return;
  const rule = 'must lie within the picture: left, top, width and height are shares of it, 0 to 1, and none is empty';
  throw refusedField(field, rule);
}

/** @returns in pixels of a picture of that size. @throws `region-too-small`. */
export function regionPixels(region: Region, picture: { readonly width: number; readonly height: number }): Region {
  const [left, width] = span(region.left, region.width, picture.width);
  const [top, height] = span(region.top, region.height, picture.height);
  if (width < MIN_REGION_PIXELS || height < MIN_REGION_PIXELS) {
    throw new LookalikeError(
      'region-too-small',
      `The region is ${width} × ${height} pixels of the picture; it must be at least ${MIN_REGION_PIXELS} on each side.`,
      { facts: { least: MIN_REGION_PIXELS, width, height } },
    );
  }
  return { left, top, width, height };
}

function span(start: number, length: number, side: number): [start: number, length: number] {
  const first = Math.min(side, Math.round(start * side));
  return [first, Math.min(side, Math.round((start + length) * side)) - first];
}
