import type { Plane, PlaneSize } from './plane.js';

/** Grey levels that a row of a plain border varies by at most, after the losses of a JPEG. */
const PLAIN_RANGE = 10;

/** In pixels of a plane. */
export interface Frame extends PlaneSize {
  readonly left: number;
  readonly top: number;
}

/**
 * What is left without rows and columns at the edges that are plain all along: borders look alike on all pictures. Of what is
 * plain throughout nothing is left.
 */
export function frameOf(plane: Plane): Frame {
  let [left, right, top, bottom] = [0, plane.width, 0, plane.height];
  while (top < bottom && isPlain(plane, left, right, top, top + 1)) top++;
  while (bottom > top && isPlain(plane, left, right, bottom - 1, bottom)) bottom--;
  while (left < right && isPlain(plane, left, left + 1, top, bottom)) left++;
  while (right > left && isPlain(plane, right - 1, right, top, bottom)) right--;
  return { left, top, width: right - left, height: bottom - top };
}

/** What a plane has inside of a frame. */
export function trimmed(plane: Plane, { left, top, width, height }: Frame): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    values.set(plane.values.subarray(from, from + width), y * width);
  }
  return { width, height, values };
}

function isPlain({ width, values }: Plane, left: number, right: number, top: number, bottom: number): boolean {
  let [least, most] = [255, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const value = values[y * width + x] as number;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return most - least <= PLAIN_RANGE;
}
