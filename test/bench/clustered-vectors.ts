import { unitVector } from '#core';
import { seededRandom } from '#testkit';

export interface Clustered {
  readonly vectors: readonly Float32Array[];
  /** New members of the same clusters, which are not among the vectors. */
  readonly queries: readonly Float32Array[];
}

/** Where a normal number lies above this, one in four activations is positive, as fc7 of VGG16 on photos. */
const THRESHOLD = 0.6745;
/** Members differ from their centre by noise of this deviation: cosines of some 0.7 within a cluster, 0.25 across. */
const SPREAD = 0.6;

/**
 * Unit vectors that resemble features after a ReLU: three quarters zeros, and groups of similar pictures. Each is the
 * positive part of its cluster's normal centre plus normal noise. The same seed makes the same numbers.
 */
export function clusteredVectors(count: number, queryCount: number, clusters: number, size: number): Clustered {
  const normal = normalNumbers(seededRandom(7));
  const scale = 1 / Math.sqrt(1 + SPREAD ** 2);
  const centres = Array.from({ length: clusters }, () => Float32Array.from({ length: size }, normal));
  const member = (at: number) => {
    const centre = centres[at % clusters] ?? new Float32Array(size);
    return unitVector(centre.map((it) => Math.max(0, (it + SPREAD * normal()) * scale - THRESHOLD)));
  };
  return {
    vectors: Array.from({ length: count }, (_, at) => member(at)),
    queries: Array.from({ length: queryCount }, (_, at) => member(at)),
  };
}

/** Normal numbers of a table of a million, from a random place on: drawing 80 million one by one takes too long. */
function normalNumbers(random: () => number): () => number {
  const table = Float32Array.from(
    { length: 2 ** 20 },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
  let at = 0;
  let left = 0;
  return () => {
    if (left === 0) {
      at = Math.floor(random() * table.length);
      left = 61;
    }
    left -= 1;
    at = (at + 1) % table.length;
    return table[at] ?? 0;
  };
}

/** The positions of the nearest by dot product, best first, by comparing with all. */
export function exactNearest(vectors: readonly Float32Array[], query: Float32Array, count: number): number[] {
  const scores = vectors.map((it) => dot(it, query));
  return scores
    .map((_, at) => at)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
    .slice(0, count);
}

function dot(a: Float32Array, b: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let at = 0; at < a.length; at += 2) {
    even += (a[at] as number) * (b[at] as number);
    odd += (a[at + 1] as number) * (b[at + 1] as number);
  }
  return even + odd;
}
