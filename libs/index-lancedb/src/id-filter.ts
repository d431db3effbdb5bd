const { imul } = Math;

/** 8 MiB, whatever it holds. */
const LOG2_BITS = 26;
/** Of new ids fewer than 1 in 2 million are taken for known ones when a million are there, 1 in 23 when ten million are. */
const HASHES = 6;

/**
 * Which ids a table may have: a Bloom filter, so its size does not grow with the collection. An id that it does not know
 * is in no row, for certain; one that it knows may be, and is compared with the table. Ids are never taken out, as no row is.
 */
export class IdFilter {
  readonly #words = new Uint32Array(2 ** LOG2_BITS / 32);

  add(id: string): void {
    const [first, step] = hashes(id);
    for (let at = 0; at < HASHES; at++) {
      const bit = bitAt(first, step, at);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHave(id: string): boolean {
    const [first, step] = hashes(id);
    for (let at = 0; at < HASHES; at++) {
      const bit = bitAt(first, step, at);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** As many hashes as are wanted out of two (Kirsch and Mitzenmacher, Less Hashing, Same Performance, 2006). */
function bitAt(first: number, step: number, at: number): number {
  return (first + imul(at, step)) >>> (32 - LOG2_BITS);
}

/** Two mixes of FNV's kind that run over the text side by side, each finished as MurmurHash3 does it. */
function hashes(id: string): readonly [first: number, step: number] {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at);
    a = imul(a ^ unit, 0x01000193);
    b = imul(b ^ unit, 0x85ebca6b) ^ (b >>> 15);
  }
  // Odd, so that the bits of one id differ.
  return [finished(a), finished(b) | 1];
}

function finished(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
