import { dotProducts, emptyRows, type Rows, roundedUp, weightedSums } from './matrix-products.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Directions beyond those wanted, which take up what the last wanted ones would lack. */
const MORE_DIRECTIONS = 16;
/** Each brings the directions closer to the true ones, for two passes over the sample. */
const POWER_ITERATIONS = 2;
/** What is left of a row that depends on those before it. */
const NOTHING_LEFT = 1e-10;

export interface PrincipalComponents {
  /** A row of `size` numbers of unit length for each component, the most telling first; each is at right angles to the others. */
  readonly components: Float32Array;
  /** The dot product of the sample's mean with each component, which is taken off. */
  readonly offset: Float32Array;
  /** Of the variance of the sample, what is left by projecting: 0 to 1. */
  readonly explained: number;
}

/**
 * The directions in which the vectors differ most from their mean, by a randomised singular value decomposition with power
 * iterations (Halko, Martinsson and Tropp, Finding structure with randomness, 2011, algorithms 4.4 and 5.1). Why the mean is
 * taken off is in docs/adr/0029.
 * The same for the same sample and seed, on every machine. Where there are fewer vectors than components, the others are at
 * random.
 * @param sample vectors of `size` numbers, one after the other; the mean is taken off in place.
 */
export function principalComponents(
  sample: Float32Array,
  size: number,
  components: number,
  seed = 1,
): PrincipalComponents {
  const mean = takenOff(sample, size);
  const rows = paddedRows(sample, size);
  const random = randomSigns(seed);
  const basis = emptyRows(Math.min(components + MORE_DIRECTIONS, size), size);
  for (let i = 0; i < basis.values.length; i++) basis.values[i] = random();
  orthonormalise(basis, random);
  for (let iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
    basis.values.set(weightedSums(rows, dotProducts(rows, basis)).values);
    orthonormalise(basis, random);
  }
  const within = dotProducts(rows, basis);
  const { values, vectors } = symmetricEigen(crossProducts(within), basis.count);
  let kept = 0;
  for (let i = 0; i < components; i++) kept += values[i] ?? 0;
  const all = squares(sample);
  const directions = combinations(vectors, basis, components);
  return {
    components: directions,
    offset: Float32Array.from({ length: components }, (_, at) =>
      dot(mean, directions.subarray(at * size, (at + 1) * size)),
    ),
    explained: all === 0 ? 0 : Math.min(1, kept / all),
  };
}

/** @returns the mean. */
function takenOff(sample: Float32Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  const share = size / sample.length;
  for (let i = 0; i < sample.length; i++) mean[i % size] = (mean[i % size] as number) + share * (sample[i] as number);
  for (let i = 0; i < sample.length; i++) sample[i] = (sample[i] as number) - (mean[i % size] as number);
  return mean;
}

function paddedRows(sample: Float32Array, size: number): Rows<Float32Array> {
  const count = roundedUp(sample.length / size);
  if (count * size === sample.length) return { values: sample, count, size };
  const values = new Float32Array(count * size);
  values.set(sample);
  return { values, count, size };
}

/** Gram and Schmidt's, twice, since once leaves what rounding put there. A row that depends on those before it is drawn anew. */
function orthonormalise({ values, count, size }: Rows, random: () => number): void {
  for (let row = 0; row < count; row++) {
    const own = values.subarray(row * size, (row + 1) * size);
    const before = Array.from({ length: row }, (_, at) => values.subarray(at * size, (at + 1) * size));
    while (!isMadeUnit(own, before)) {
      // There are no more directions than numbers, so what is beyond them stays zero.
      if (row >= size) {
        own.fill(0);
        break;
      }
      for (let i = 0; i < size; i++) own[i] = random();
    }
  }
}

function isMadeUnit(own: Float64Array, before: readonly Float64Array[]): boolean {
  const length = Math.sqrt(dot(own, own));
  for (let pass = 0; pass < 2; pass++) {
    for (const other of before) addTimes(own, other, -dot(own, other));
  }
  const left = Math.sqrt(dot(own, own));
  if (!(left > NOTHING_LEFT * length)) return false;
  for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) / left;
  return true;
}

/** Of the columns with each other. */
function crossProducts({ values, count, size }: Rows): Float64Array {
  const products = new Float64Array(size * size);
  for (let row = 0; row < count; row++) {
    const own = values.subarray(row * size, (row + 1) * size);
    for (let i = 0; i < size; i++) addTimes(products.subarray(i * size, (i + 1) * size), own, own[i] as number);
  }
  return products;
}

function combinations(weights: Float64Array, { values, count, size }: Rows, wanted: number): Float32Array {
  const combined = new Float32Array(wanted * size);
  const row = new Float64Array(size);
  for (let at = 0; at < wanted; at++) {
    row.fill(0);
    for (let i = 0; i < count; i++) {
      addTimes(row, values.subarray(i * size, (i + 1) * size), weights[at * count + i] as number);
    }
    combined.set(row, at * size);
  }
  return combined;
}

function dot(a: Float64Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addTimes(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + factor * (from[i] as number);
}

function squares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return sum;
}

/** 1 or -1, the same for the same seed: Marsaglia, Xorshift RNGs, 2003. */
function randomSigns(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state < 0 ? -1 : 1;
  };
}
