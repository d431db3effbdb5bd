import type { EncoderReference } from '../encoder-reference.js';
import type { Label } from '../label.js';
import type { VectorSpec } from './vector-index.js';

/** What the encoder takes: an upright sRGB picture of the encoder's input size, 3 bytes a pixel, rows from the top. */
export interface EncoderInput {
  /** Length `width × height × 3`. The encoder takes it over: it must not be used afterwards. */
  readonly pixels: Uint8Array;
}

export interface EncoderInfo extends EncoderReference {
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** What it gives for each picture, by name. */
  readonly vectors: readonly Pick<VectorSpec, 'name' | 'size'>[];
}

export interface EncoderOutput {
  /** Features as the layer gives them, not normalised: one `Float32Array` per name of `EncoderInfo.vectors`. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** Of encoders with `EncoderInfo.labels`, and of no others. */
  readonly labels?: readonly Label[];
}

/** Decoded pictures to vectors. Same pixels, same values, whatever the batch. */
export interface ImageEncoder {
  readonly info: EncoderInfo;
  /** Pictures that wait for the model, whoever gave them. */
  readonly waiting: number;
  /**
   * Pictures of calls under way at the same time are batched together; results come in the order given.
   * @throws `encoder-unavailable` when the model could not be run, `overloaded` when too many pictures wait.
   */
  encode(inputs: readonly EncoderInput[]): Promise<readonly EncoderOutput[]>;
  /** Calls under way are answered first; later ones throw `encoder-unavailable`. */
  close(): Promise<void>;
}
