/**
 * Maximal marginal relevance: takes one after the other the item that is best by
 * (1 − diversity) × its score − diversity × its cosine with the most similar one taken before.
 * Carbonell and Goldstein, The use of MMR, diversity-based reranking, SIGIR 1998.
 * @param items best first, each with its score and its vector of unit length.
 * @param diversity 0 keeps the order, 1 looks at differences alone.
 * @returns `limit` of them at most, in the order taken. Takes limit × items products of vectors.
 */
export function diversified<T extends { readonly score: number; readonly vector: Float32Array }>(
  items: readonly T[],
  diversity: number,
  limit: number,
): readonly T[] {
  const left = items.map((item) => ({ item, nearest: 0 }));
  const taken: T[] = [];
  while (taken.length < limit && left.length > 0) {
    let [best, bestValue] = [0, Number.NEGATIVE_INFINITY];
    for (const [at, { item, nearest }] of left.entries()) {
      const value = (1 - diversity) * item.score - diversity * nearest;
      if (value > bestValue) [best, bestValue] = [at, value];
    }
    const [next] = left.splice(best, 1);
    if (next === undefined) break;
    for (const it of left) {
      const similarity = dotProduct(it.item.vector, next.item.vector);
      it.nearest = taken.length === 0 ? similarity : Math.max(it.nearest, similarity);
    }
    taken.push(next.item);
  }
  return taken;
}

export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
