import { outputSize } from '../pictures/resize-rule.js';
import type { InputRule } from './encoder-manifest.js';

/**
 * Writes pictures into the encoder's input tensor: 8-bit RGB rows to float32 planes or rows. Each value goes through
 * float32 at every step, as NumPy does it, so the tensors are equal bit for bit; a table of 256 makes that cheap.
 */
export class TensorFiller {
  readonly valuesPerPicture: number;
  readonly dims: readonly [number, number, number];
  readonly #tables: readonly Float32Array[];
  readonly #sources: readonly number[];
  readonly #isPlanes: boolean;

  constructor(rule: InputRule) {
    const { width, height } = outputSize(rule.resize);
    this.#isPlanes = rule.layout === 'NCHW';
    this.dims = this.#isPlanes ? [3, height, width] : [height, width, 3];
    this.valuesPerPicture = width * height * 3;
    this.#sources = rule.colourOrder === 'RGB' ? [0, 1, 2] : [2, 1, 0];
    this.#tables = [0, 1, 2].map((channel) => valueTable(rule, channel));
  }

  /** Fills the place of picture `index`. `pixels` is RGB, width × height × 3. */
  fill(tensor: Float32Array, index: number, pixels: Uint8Array): void {
    const start = index * this.valuesPerPicture;
    const plane = this.valuesPerPicture / 3;
    for (let channel = 0; channel < 3; channel++) {
      const table = this.#tables[channel] as Float32Array;
      let to = this.#isPlanes ? start + channel * plane : start + channel;
      const step = this.#isPlanes ? 1 : 3;
      for (let from = this.#sources[channel] as number; from < pixels.length; from += 3, to += step) {
        tensor[to] = table[pixels[from] as number] as number;
      }
    }
  }
}

function valueTable({ scale, mean, std }: InputRule, channel: number): Float32Array {
  const { fround } = Math;
  const centre = fround(mean[channel] as number);
  const width = fround(std[channel] as number);
  return Float32Array.from({ length: 256 }, (_, value) => fround(fround(fround(value * scale) - centre) / width));
}
