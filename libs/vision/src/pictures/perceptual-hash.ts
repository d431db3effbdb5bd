import type { Size } from './resize-rule.js';

const GRID = 32;
const BAND = 8;
/** Grey levels: a picture that varies less is plain. Without this the codec's rounding would make its hash. */
const PLAIN_RANGE = 3;

/** The hash of every plain picture: it tells them apart from others, not from each other. */
export const PLAIN_HASH = '0000000000000000';

/** Rows 1..8 of the 32-point DCT-II. The constant row is left out: brightness says nothing about what is shown. */
const COSINES: readonly Float64Array[] = Array.from({ length: BAND }, (_, k) =>
  Float64Array.from({ length: GRID }, (_, i) => Math.cos(((2 * i + 1) * (k + 1) * Math.PI) / (2 * GRID))),
);

/**
 * The DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), as in pHash:
 * grey, 32 × 32, the 8 × 8 lowest frequencies without the constant ones, a bit for each above their median.
 * The picture is averaged over areas, so recompressing and resizing hardly change it. Plain pictures give `PLAIN_HASH`.
 *
 * @param pixels RGB, 3 bytes a pixel, rows from the top
 * @returns 16 lowercase hex digits, the lowest frequency in the highest bit
 */
export function perceptualHash(pixels: Uint8Array, size: Size): string {
  const grid = greyGrid(pixels, size);
  if (Math.max(...grid) - Math.min(...grid) < PLAIN_RANGE) return PLAIN_HASH;
  const frequencies = lowFrequencies(grid);
  const sorted = Float64Array.from(frequencies).sort();
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2;
  let hash = 0n;
  // The margin keeps rounding noise out where frequencies are equal, as in pictures that vary along one axis only.
  for (const value of frequencies) hash = (hash << 1n) | (value - median > 1e-6 ? 1n : 0n);
  return hash.toString(16).padStart(16, '0');
}

/** How many of the 64 bits differ. Two hashes of one picture are mostly within 8; of two pictures around 32. */
export function hammingDistance(a: string, b: string): number {
  let difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; difference > 0n; difference &= difference - 1n) count++;
  return count;
}

/** Mean luma of each cell of a 32 × 32 grid laid over the picture, pixels shared by the area they cover. */
function greyGrid(pixels: Uint8Array, { width, height }: Size): Float64Array {
  const columns = overlaps(width);
  const rows = overlaps(height);
  const grid = new Float64Array(GRID * GRID);
  for (let y = 0; y < height; y++) {
    const line = greyLine(pixels.subarray(y * width * 3, (y + 1) * width * 3), columns);
    for (let r = rows.first[y] ?? 0; rows.source[r] === y; r++) {
      const start = (rows.cell[r] ?? 0) * GRID;
      const share = rows.share[r] ?? 0;
      for (let i = 0; i < GRID; i++) grid[start + i] = (grid[start + i] ?? 0) + (line[i] ?? 0) * share;
    }
  }
  return grid;
}

/** One row of pixels, averaged to 32 values of luma (BT.601). Runs over every pixel: plain loops, no iterators. */
function greyLine(row: Uint8Array, { source, cell, share }: Overlaps): Float64Array {
  const line = new Float64Array(GRID);
  for (let c = 0; c < source.length; c++) {
    const at = 3 * (source[c] ?? 0);
    const luma = 0.299 * (row[at] ?? 0) + 0.587 * (row[at + 1] ?? 0) + 0.114 * (row[at + 2] ?? 0);
    const i = cell[c] ?? 0;
    line[i] = (line[i] ?? 0) + luma * (share[c] ?? 0);
  }
  return line;
}

interface Overlaps {
  readonly source: readonly number[];
  readonly cell: readonly number[];
  readonly share: readonly number[];
  /** Where each source pixel's entries begin. */
  readonly first: readonly number[];
}

/** Which cells each of `length` source pixels falls into and what share of the cell it fills, in source order. */
function overlaps(length: number): Overlaps {
  const source: number[] = [];
  const cell: number[] = [];
  const share: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < length; i++) {
    first.push(source.length);
    const from = (i * GRID) / length;
    const to = ((i + 1) * GRID) / length;
    for (let c = Math.floor(from); c < GRID && c < to; c++) {
      source.push(i);
      cell.push(c);
      share.push(Math.min(to, c + 1) - Math.max(from, c));
    }
  }
  return { source, cell, share, first };
}

function lowFrequencies(grid: Float64Array): Float64Array {
  const byRow = new Float64Array(BAND * GRID);
  COSINES.forEach((cosine, u) => {
    for (let y = 0; y < GRID; y++) {
      let sum = 0;
      for (let x = 0; x < GRID; x++) sum += (grid[y * GRID + x] ?? 0) * (cosine[x] ?? 0);
      byRow[u * GRID + y] = sum;
    }
  });
  const result = new Float64Array(BAND * BAND);
  COSINES.forEach((cosine, v) => {
    for (let u = 0; u < BAND; u++) {
      let sum = 0;
      for (let y = 0; y < GRID; y++) sum += (byRow[u * GRID + y] ?? 0) * (cosine[y] ?? 0);
      result[v * BAND + u] = sum;
    }
  });
  return result;
}
