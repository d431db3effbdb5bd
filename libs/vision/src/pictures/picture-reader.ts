import { LookalikeError } from '#core';
import { tooManyPixels } from './decode-failure.js';
import { sharp } from './image-library.js';
import { formatNotSupported } from './picture-format.js';
import type { PictureLimits } from './picture-limits.js';
import type { Rectangle, ResizeKernel, Size } from './resize-rule.js';

/** What the header tells. `stored` is the size in the file, `upright` the size as EXIF orientation turns it. */
export interface PictureHeader {
  readonly stored: Size;
  readonly upright: Size;
  readonly sixteenBitsWithProfile: boolean;
}

/** RGB, 3 bytes a pixel, rows from the top. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
}

/** CMYK with alpha. A TIFF may declare thousands of channels, which the limit on pixels would not see. */
const MAX_CHANNELS = 5;

/** Takes 0.2 ms; reads no pixels. */
export async function readHeader(encoded: Buffer, mediaType: string, limits: PictureLimits): Promise<PictureHeader> {
  const found = await sharp(encoded, { failOn: 'none', limitInputPixels: false }).metadata();
  const stored = { width: found.width, height: found.height };
  if (stored.width * stored.height > limits.inputPixels) throw tooManyPixels(limits, stored);
  if (found.channels > MAX_CHANNELS) throw formatNotSupported(mediaType, { channels: found.channels });
  const turned = (found.orientation ?? 1) >= 5;
  return {
    stored,
    upright: turned ? { width: stored.height, height: stored.width } : stored,
    sixteenBitsWithProfile: found.depth === 'ushort' && found.hasProfile,
  };
}

export interface ReadOptions {
  /** The upright picture, or its part, is resized to exactly this size. */
  readonly to: Size;
  readonly kernel: ResizeKernel;
  /** In the stored picture's own coordinates. */
  readonly part?: Rectangle;
}

/**
 * Decodes as a person sees the picture: upright, in sRGB, over white, the first frame. Orientation comes after the
 * resize, so that a turned picture is still read row by row. Shrinking on load stops at twice the wanted size: the
 * kernel does the rest, as the encoder was measured with. Truncated data fails, an odd header passes (`failOn: error`).
 */
export async function readPixels(
  encoded: Buffer,
  header: PictureHeader,
  { to, kernel, part }: ReadOptions,
  limits: PictureLimits,
): Promise<Pixels> {
  const picture = sharp(encoded, { failOn: 'error', limitInputPixels: limits.inputPixels });
  picture.timeout({ seconds: limits.decodeTimeoutS });
  if (part !== undefined) picture.extract(part);
  picture
    .resize(to.width, to.height, { fit: 'fill', kernel, fastShrinkOnLoad: false })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha();
  // Sharp converts 16-bit pictures with a profile to Display P3 and leaves them there: this makes the last step.
  if (header.sixteenBitsWithProfile) picture.withIccProfile('srgb');
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3 || info.width !== to.width || info.height !== to.height) {
    throw new LookalikeError('internal', 'The decoder gave pixels of another shape than asked for.', {
      facts: { asked: to, width: info.width, height: info.height, channels: info.channels },
    });
  }
  return { data, width: info.width, height: info.height };
}

/** Resizes decoded pixels to exactly this size. */
export async function resizePixels(pixels: Pixels, to: Size, kernel: ResizeKernel): Promise<Pixels> {
  const data = await fromPixels(pixels).resize(to.width, to.height, { fit: 'fill', kernel }).raw().toBuffer();
  return { data, ...to };
}

export function fromPixels({ data, width, height }: Pixels) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
