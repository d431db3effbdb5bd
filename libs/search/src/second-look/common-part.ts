import type { Region } from '#core';
import type { PlaneSize } from './plane.js';
import type { PreparedCopy } from './prepared-copy.js';
import { stretch, type Warp } from './warp.js';

/** The part that two pictures have in common, as each of them shows it: a rectangle of the upright picture, borders included. */
export interface CommonPart {
  /** Of the query; where it is a region of a picture, of that region. */
  readonly query: Region;
  readonly candidate: Region;
}

const WHOLE: Region = { left: 0, top: 0, width: 1, height: 1 };

/**
 * What a template has in common with the plane it is laid on. A slant is left out: both parts are rectangles, and the one is
 * laid on the other by moving, stretching and turning it.
 *
 * @param size of the template that the warp is of, in pixels
 * @returns the parts of both; `null` where they do not meet.
 */
export function partsInCommon(
  template: PreparedCopy,
  plane: PreparedCopy,
  size: PlaneSize,
  warp: Warp,
): { readonly template: Region; readonly plane: Region } | null {
  const { across, down } = stretch(warp);
  const width = (across * size.width) / plane.grey.width;
  const height = (down * size.height) / plane.grey.height;
  const laid = {
    left: warp.x / plane.grey.width - width / 2,
    top: warp.y / plane.grey.height - height / 2,
    width,
    height,
  };
  const common = intersection(laid, WHOLE);
  if (common === null) return null;
  return { template: template.inUpright(sharesOf(laid, common)), plane: plane.inUpright(common) };
}

function intersection(a: Region, b: Region): Region | null {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const width = Math.min(a.left + a.width, b.left + b.width) - left;
  const height = Math.min(a.top + a.height, b.top + b.height) - top;
  return width > 0 && height > 0 ? { left, top, width, height } : null;
}

/** A rectangle as shares of another that it lies in. */
function sharesOf(whole: Region, { left, top, width, height }: Region): Region {
  return {
    left: (left - whole.left) / whole.width,
    top: (top - whole.top) / whole.height,
    width: width / whole.width,
    height: height / whole.height,
  };
}
