/** One pair: the values of its signals, whether it is one of copies, and for how many it stands. */
export interface Observation {
  readonly values: readonly number[];
  readonly isCopy: boolean;
  readonly weight: number;
}

const STEPS = 50;
const CONVERGED = 1e-8;
/** Keeps weights finite where signals tell all apart. */
const RIDGE = 1e-3;

/**
 * Weights of a logistic regression, the constant left out: what a unit of each value adds to the log-odds of being a copy.
 * By iteratively reweighted least squares with a ridge (Bishop, Pattern Recognition and Machine Learning, 2006, 4.3.3). A weight
 * that would be negative is 0: more evidence never speaks against a copy.
 */
export function logisticWeights(observations: readonly Observation[]): readonly number[] {
  const size = observations[0]?.values.length ?? 0;
  let used = Array.from({ length: size }, (_, at) => at);
  for (;;) {
    const found = fitted(observations, used);
    const kept = used.filter((_, at) => (found[at] as number) > 0);
    if (kept.length === used.length) {
      return Array.from({ length: size }, (_, signal) => found[used.indexOf(signal)] ?? 0);
    }
    used = kept;
  }
}

/** @returns a weight for each of the `used` values; the constant comes last. */
function fitted(observations: readonly Observation[], used: readonly number[]): Float64Array {
  const size = used.length + 1;
  const weights = new Float64Array(size);
  for (let step = 0; step < STEPS; step++) {
    const change = solved(...newtonStep(observations, used, weights));
    for (let at = 0; at < size; at++) weights[at] = (weights[at] as number) + (change[at] as number);
    if (Math.max(...change.map(Math.abs)) < CONVERGED) break;
  }
  return weights;
}

function newtonStep(
  observations: readonly Observation[],
  used: readonly number[],
  weights: Float64Array,
): [hessian: Float64Array[], gradient: Float64Array] {
  const size = weights.length;
  const gradient = weights.map((it, at) => (at === size - 1 ? 0 : -RIDGE * it));
  const hessian = Array.from({ length: size }, (_, at) => new Float64Array(size).fill(RIDGE, at, at + 1));
  const row = new Float64Array(size).fill(1);
  for (const { values, isCopy, weight } of observations) {
    for (const [at, signal] of used.entries()) row[at] = values[signal] as number;
    const odds = row.reduce((sum, value, at) => sum + value * (weights[at] as number), 0);
    const share = 1 / (1 + Math.exp(-odds));
    const pull = weight * (Number(isCopy) - share);
    const curve = weight * share * (1 - share);
    for (let a = 0; a < size; a++) {
      gradient[a] = (gradient[a] as number) + pull * (row[a] as number);
      const line = hessian[a] as Float64Array;
      for (let b = 0; b < size; b++) line[b] = (line[b] as number) + curve * (row[a] as number) * (row[b] as number);
    }
  }
  return [hessian, gradient];
}

/** Solves for a few unknowns, by elimination; the matrix is symmetric and positive definite. */
function solved(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const at = (row: number, column: number) => (matrix[row] as Float64Array)[column] as number;
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = pivot + 1; row < size; row++) {
      const factor = at(row, pivot) / at(pivot, pivot);
      for (let column = pivot; column < size; column++) {
        (matrix[row] as Float64Array)[column] = at(row, column) - factor * at(pivot, column);
      }
      right[row] = (right[row] as number) - factor * (right[pivot] as number);
    }
  }
  const result = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let sum = right[row] as number;
    for (let column = row + 1; column < size; column++) sum -= at(row, column) * (result[column] as number);
    result[row] = sum / at(row, row);
  }
  return result;
}
