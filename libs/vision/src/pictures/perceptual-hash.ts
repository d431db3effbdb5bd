import { HASH_GRID, hashOfGrid } from '#core';
import type { Size } from './resize-rule.js';

/**
 * The picture is averaged over areas, so recompressing and resizing hardly change its hash.
 *
 * @param pixels RGB, 3 bytes a pixel, rows from the top
 * @returns as `hashOfGrid`
 */
export function perceptualHash(pixels: Uint8Array, size: Size): string {
  return hashOfGrid(greyGrid(pixels, size));
}

/**
 * Mean luma (BT.601) of each cell of a 32 × 32 grid laid over the picture, pixels shared by the area they cover. Rows
 * are summed first, column by column: that part alone runs over every pixel. 0.4 ms for 341 × 256.
 */
function greyGrid(pixels: Uint8Array, { width, height }: Size): Float64Array {
  const rows = overlaps(height);
  const columns = overlaps(width);
  const grid = new Float64Array(HASH_GRID * HASH_GRID);
  const sums = new Float64Array(width);
  rows.forEach((parts, r) => {
    sums.fill(0);
    for (const { source, share } of parts) addRow(sums, pixels, source * width * 3, share);
    columns.forEach((column, c) => {
      grid[r * HASH_GRID + c] = column.reduce((sum, { source, share }) => sum + (sums[source] as number) * share, 0);
    });
  });
  return grid;
}

function addRow(sums: Float64Array, pixels: Uint8Array, start: number, share: number): void {
  const [red, green, blue] = [0.299 * share, 0.587 * share, 0.114 * share];
  for (let x = 0, at = start; x < sums.length; x++, at += 3) {
    const luma = red * (pixels[at] as number) + green * (pixels[at + 1] as number) + blue * (pixels[at + 2] as number);
    sums[x] = (sums[x] as number) + luma;
  }
}

/** A part of a cell: which source pixel, and what share of the cell it fills. */
interface Part {
  readonly source: number;
  readonly share: number;
}

/** For each of the grid's cells along one axis, the pixels of `length` that lie in it. The shares of a cell add up to 1. */
function overlaps(length: number): readonly (readonly Part[])[] {
  return Array.from({ length: HASH_GRID }, (_, cell) => {
    const from = (cell * length) / HASH_GRID;
    const to = ((cell + 1) * length) / HASH_GRID;
    const parts: Part[] = [];
    for (let source = Math.floor(from); source < to && source < length; source++) {
      const covered = Math.min(to, source + 1) - Math.max(from, source);
      parts.push({ source, share: (covered * HASH_GRID) / length });
    }
    return parts;
  });
}
