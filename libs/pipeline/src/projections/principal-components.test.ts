import { principalComponents } from './principal-components.js';
import { projected } from './projection.js';
import { symmetricEigen } from './symmetric-eigen.js';

const SIZE = 40;

/** 1 or -1 by the bits of a number: rows of a Hadamard matrix, at right angles to each other. */
function hadamard(row: number, size: number): Float32Array {
  const sign = (at: number) => ([...(row & at).toString(2)].filter((it) => it === '1').length % 2 === 0 ? 1 : -1);
  return Float32Array.from({ length: size }, (_, at) => sign(at) / Math.sqrt(size));
}

describe('principal components', () => {
  test('are the directions of the greatest squared lengths, in their order, where these are known', () => {
    const weights = [9, 7, 5, 3, 1];
    // Each once in either direction, around a mean.
    const mean = hadamard(9, 32);
    const rows = weights.flatMap((weight, at) =>
      [weight, -weight].flatMap((length) =>
        [...hadamard(at + 1, 32)].map((it, i) => it * length + (mean[i] as number)),
      ),
    );
    const { components, explained, offset } = principalComponents(Float32Array.from(rows), 32, 3);
    for (const it of offset) expect(it).toBeCloseTo(0, 6);
    for (let at = 0; at < 3; at++) {
      const found = components.subarray(at * 32, (at + 1) * 32);
      const cosine = found.reduce((sum, it, i) => sum + it * (hadamard(at + 1, 32)[i] as number), 0);
      expect(Math.abs(cosine)).toBeCloseTo(1, 6);
    }
    expect(explained).toBeCloseTo((81 + 49 + 25) / (81 + 49 + 25 + 9 + 1), 6);
  });

  test('have unit length and are at right angles, also where there are fewer vectors than components, or none', () => {
    for (const count of [0, 1, 3, 50]) {
      const { components } = principalComponents(sample(count), SIZE, 20);
      for (let a = 0; a < 20; a++) {
        for (let b = 0; b < 20; b++) expect(dot(components, a, b)).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
  });

  test('as many as there are numbers keep every distance, and put the mean at zero', () => {
    const { explained, ...fitted } = principalComponents(sample(60), SIZE, SIZE);
    expect(explained).toBeCloseTo(1, 6);
    const by = { size: SIZE, ...fitted };
    const vectors = Array.from({ length: 60 }, (_, at) => sample(60).subarray(at * SIZE, (at + 1) * SIZE));
    const made = vectors.map((it) => projected(by, it));
    const distance = (x?: Float32Array, y?: Float32Array) =>
      Math.hypot(...Array.from(x ?? [], (it, at) => it - (y?.[at] as number)));
    expect(distance(made[0], made[1])).toBeCloseTo(distance(vectors[0], vectors[1]), 4);
    for (let i = 0; i < SIZE; i++) expect(made.reduce((sum, it) => sum + (it[i] as number), 0)).toBeCloseTo(0, 4);
  });

  test('are the same for the same sample and seed, bit for bit', () => {
    const found = () => Buffer.from(principalComponents(sample(60), SIZE, 10).components.buffer).toString('hex');
    expect(found()).toBe(found());
  });
});

test('eigenvalues and eigenvectors of a matrix whose are known', () => {
  // 2 on the diagonal and -1 beside it: 2 - 2 cos(k pi / (n + 1)).
  const size = 12;
  const matrix = () =>
    Float64Array.from({ length: size * size }, (_, at) => tridiagonal(Math.floor(at / size), at % size));
  const { values, vectors } = symmetricEigen(matrix(), size);
  for (let k = 0; k < size; k++) {
    const value = 2 - 2 * Math.cos(((size - k) * Math.PI) / (size + 1));
    expect(values[k]).toBeCloseTo(value, 10);
    for (let row = 0; row < size; row++) {
      let product = 0;
      for (let i = 0; i < size; i++) product += tridiagonal(row, i) * (vectors[k * size + i] as number);
      expect(product).toBeCloseTo(value * (vectors[k * size + row] as number), 10);
    }
  }
});

function tridiagonal(row: number, column: number): number {
  if (row === column) return 2;
  return Math.abs(row - column) === 1 ? -1 : 0;
}

function sample(count: number): Float32Array {
  return Float32Array.from({ length: count * SIZE }, (_, at) => Math.sin(at * at + 1));
}

function dot(rows: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < SIZE; i++) sum += (rows[a * SIZE + i] as number) * (rows[b * SIZE + i] as number);
  return sum;
}
