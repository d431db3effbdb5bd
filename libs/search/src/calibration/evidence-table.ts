import type { Evidence } from '../match/index.js';

const WIDTH = 3;

/** Evidence of many pairs as numbers, which is what threads hand to each other: 24 bytes a pair. */
export class EvidenceTable {
  readonly #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length / WIDTH;
  }

  add({ cosine, hashBits, alignment }: Evidence): void {
    this.#numbers.push(cosine ?? Number.NaN, hashBits ?? Number.NaN, alignment ?? Number.NaN);
  }

  numbers(): Float64Array {
    return Float64Array.from(this.#numbers);
  }
}

/** The pairs of a table, in their order. */
export function evidenceOf(numbers: Float64Array): readonly Evidence[] {
  const known = (at: number) => (Number.isNaN(numbers[at]) ? null : (numbers[at] as number));
  return Array.from({ length: numbers.length / WIDTH }, (_, pair) => {
    const at = WIDTH * pair;
    return { cosine: known(at), hashBits: known(at + 1), alignment: known(at + 2) };
  });
}
