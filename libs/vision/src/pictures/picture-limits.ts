import { availableParallelism } from 'node:os';

/** What one picture may cost. Each limit ends in a `picture-…` code of its own. */
export interface PictureLimits {
  /** Size of the file; above it `picture-too-large`. */
  readonly encodedBytes: number;
  /** Width × height of one page or frame; above it `picture-too-many-pixels`, before anything is decoded. */
  readonly inputPixels: number;
  /**
   * Memory of all decodings under way, as estimated from the headers. A picture that takes more by itself is refused,
   * also as `picture-too-many-pixels`.
   */
  readonly decodeBytes: number;
  /**
   * Whole seconds of decoding, waiting not counted; above it `picture-too-slow`. That is noticed between the pieces that libvips works
   * in, which may be halves of the picture.
   */
  readonly decodeTimeoutS: number;
  /** Decodings under way at once; further pictures wait their turn. Libuv's pool (4 threads) is the useful ceiling. */
  readonly decodesAtOnce: number;
}

export const DEFAULT_PICTURE_LIMITS: PictureLimits = {
  encodedBytes: 64 * 1024 * 1024,
  inputPixels: 100_000_000,
  // A process that imports has some 650 MB without it, so it takes about 1 GB at most.
  decodeBytes: 288 * 1024 * 1024,
  decodeTimeoutS: 10,
  // Half the cores: the encoder takes the rest, and one core decodes faster than two encode (see image-library.ts).
  decodesAtOnce: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))),
};
