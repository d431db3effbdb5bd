import type { Plane } from './plane.js';

/** Grey levels that a row of a plain border varies by at most, after the losses of a JPEG. */
const PLAIN_RANGE = 10;

/** Without rows and columns at the edges that are plain all along: borders look alike on all pictures. What is plain throughout is left without pixels. */
export function trimmed(plane: Plane): Plane {
  let [left, right, top, bottom] = [0, plane.width, 0, plane.height];
  while (top < bottom && isPlain(plane, left, right, top, top + 1)) top++;
  while (bottom > top && isPlain(plane, left, right, bottom - 1, bottom)) bottom--;
  while (left < right && isPlain(plane, left, left + 1, top, bottom)) left++;
  while (right > left && isPlain(plane, right - 1, right, top, bottom)) right--;
  const [width, height] = [right - left, bottom - top];
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
