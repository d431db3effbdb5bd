/** Cells on a side of the grid that a hash is made of. */
export const HASH_GRID = 32;
/** Frequencies on each axis that it is made of. */
export const HASH_BAND = 8;
/** Grey levels: a picture that varies less is plain. Without this the codec's rounding would make its hash. */
const PLAIN_RANGE = 3;

/** The hash of every plain picture: it tells them apart from others, not from each other. */
export const PLAIN_HASH = '0000000000000000';

/** Rows 1..8 of the 32-point DCT-II. The constant row is left out: brightness says nothing about what is shown. */
const COSINES: readonly Float64Array[] = Array.from({ length: HASH_BAND }, (_, k) =>
  Float64Array.from({ length: HASH_GRID }, (_, i) => Math.cos(((2 * i + 1) * (k + 1) * Math.PI) / (2 * HASH_GRID))),
);

/**
 * The DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), as in pHash:
 * grey, 32 × 32, the 8 × 8 lowest frequencies without the constant ones, a bit for each above their median.
 *
 * @param grid mean luma of each of 32 × 32 cells, 0 to 255, rows from the top
 * @returns 16 lowercase hex digits, the lowest frequency in the highest bit; of what is plain `PLAIN_HASH`
 */
export function hashOfGrid(grid: Float64Array): string {
  const isPlain = Math.max(...grid) - Math.min(...grid) < PLAIN_RANGE;
  return isPlain ? PLAIN_HASH : hashOfFrequencies(lowFrequencies(grid));
}

/** @param frequencies as `lowFrequencies` */
export function hashOfFrequencies(frequencies: Float64Array): string {
  const sorted = Float64Array.from(frequencies).sort();
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2;
  let hash = 0n;
  // The margin keeps rounding noise out where frequencies are equal, as in pictures that vary along one axis only.
  for (const value of frequencies) hash = (hash << 1n) | (value - median > 1e-6 ? 1n : 0n);
  return hash.toString(16).padStart(16, '0');
}

/** How many of the 64 bits differ. Two hashes of one picture are mostly within 8; of two pictures around 32. */
export function hammingDistance(a: string, b: string): number {
  return differingBits(a.slice(0, 8), b.slice(0, 8)) + differingBits(a.slice(8), b.slice(8));
}

function differingBits(a: string, b: string): number {
  let difference = Number.parseInt(a, 16) ^ Number.parseInt(b, 16);
  let count = 0;
  for (; difference !== 0; difference &= difference - 1) count++;
  return count;
}

/** @returns 8 × 8 frequencies, from 1 to 8 half waves a side; rows by the vertical one. */
export function lowFrequencies(grid: Float64Array): Float64Array {
  const byRow = new Float64Array(HASH_BAND * HASH_GRID);
  COSINES.forEach((cosine, u) => {
    for (let y = 0; y < HASH_GRID; y++) {
      let sum = 0;
      for (let x = 0; x < HASH_GRID; x++) sum += (grid[y * HASH_GRID + x] ?? 0) * (cosine[x] ?? 0);
      byRow[u * HASH_GRID + y] = sum;
    }
  });
  const result = new Float64Array(HASH_BAND * HASH_BAND);
  COSINES.forEach((cosine, v) => {
    for (let u = 0; u < HASH_BAND; u++) {
      let sum = 0;
      for (let y = 0; y < HASH_GRID; y++) sum += (byRow[u * HASH_GRID + y] ?? 0) * (cosine[y] ?? 0);
      result[v * HASH_BAND + u] = sum;
    }
  });
  return result;
}
