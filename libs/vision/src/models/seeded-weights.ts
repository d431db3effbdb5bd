import type { LazyBytes } from './onnx-writer.js';

/** One deviation in steps of the int8 weights: three deviations make 63, so weights take 7 bits and sums of uint8 × int8 pairs never overflow. */
export const WEIGHT_STEPS_PER_DEVIATION = 21;
const LARGEST = 63;
const CHUNK = 1 << 18;

/**
 * The sum of four random bytes (0 to 1020, deviation 147.8) as a weight: a normal distribution to within the 7 bits, made
 * with whole numbers only, so that it is the same on every machine.
 */
const WEIGHT_OF_SUM = Int8Array.from({ length: 1021 }, (_, sum) => {
  const weight = Math.round(((sum - 510) * WEIGHT_STEPS_PER_DEVIATION * 1000) / 147_800);
  return Math.max(-LARGEST, Math.min(LARGEST, weight));
});

/** The weights of one layer: a sequence that depends on the seed and the layer alone. Made in chunks while written. */
export class SeededWeights {
  constructor(
    private readonly seed: number,
    private readonly layer: number,
    private readonly count: number,
  ) {}

  asInt8(): LazyBytes {
    return { byteLength: this.count, chunks: () => this.#chunks((weights) => weights) };
  }

  asFloat32(scale: number): LazyBytes {
    const values = Float32Array.from({ length: 2 * LARGEST + 1 }, (_, index) => (index - LARGEST) * scale);
    const toFloat = (weights: Int8Array) => {
      const floats = new Float32Array(weights.length);
      for (let i = 0; i < weights.length; i++) floats[i] = values[(weights[i] as number) + LARGEST] as number;
      return floats;
    };
    return { byteLength: this.count * 4, chunks: () => this.#chunks(toFloat) };
  }

  *#chunks(form: (weights: Int8Array) => Int8Array | Float32Array): Iterable<Uint8Array> {
    const random = new RandomStream(this.seed, this.layer);
    for (let start = 0; start < this.count; start += CHUNK) {
      const weights = new Int8Array(Math.min(CHUNK, this.count - start));
      random.fill(weights);
      const formed = form(weights);
      yield new Uint8Array(formed.buffer, formed.byteOffset, formed.byteLength);
    }
  }
}

/** sfc32 (Doty-Humphrey, PractRand): 32-bit whole numbers only. */
class RandomStream {
  #state: Int32Array;

  constructor(seed: number, stream: number) {
    this.#state = Int32Array.of(seed, stream, 0x9e3779b9, 1);
    this.fill(new Int8Array(64));
  }

  fill(weights: Int8Array): void {
    let [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    for (let i = 0; i < weights.length; i++) {
      const random = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + random) | 0;
      const pairs = (random & 0x00ff00ff) + ((random >>> 8) & 0x00ff00ff);
      weights[i] = WEIGHT_OF_SUM[(pairs & 0xffff) + (pairs >>> 16)] as number;
    }
    this.#state = Int32Array.of(a, b, c, counter);
  }
}
