import type { GreyCopy } from './grey-copy.js';
import type { EncoderInput } from './ports/image-encoder.js';
import type { Region } from './region.js';

/** Everything that is read off a picture's bytes in one decoding. */
export interface PreparedPicture extends EncoderInput {
  /** 64-bit DCT perceptual hash, 16 lowercase hex digits. */
  readonly perceptualHash: string;
  /** Size of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly greyCopy: GreyCopy;
  /** WebP that fits into 256 × 256 pixels; made anew at each call, for who is to keep it. */
  readonly makeThumbnail: () => Promise<Uint8Array>;
}

/**
 * Decodes off the main thread; when it settles it has no more use for the bytes. Of a region as if it were the whole picture.
 * @throws LookalikeError `picture-…`: an outcome, the same bytes fail again; `region-too-small`.
 */
export type PreparePicture = (bytes: Uint8Array, region?: Region) => Promise<PreparedPicture>;
