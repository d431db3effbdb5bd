import { LookalikeError } from '#core';
import { tooManyPixels, tooMuchMemory } from './decode-failure.js';
import { decodeBytes } from './decode-memory.js';
import { sharp } from './image-library.js';
import { type AcceptedMediaType, formatNotSupported } from './picture-format.js';
import type { PictureLimits } from './picture-limits.js';
import { lesser, type Pixels, resizePixels } from './resize-pixels.js';
import type { Rectangle, ResizeKernel, Size } from './resize-rule.js';
import { isSrgbProfile } from './srgb-profile.js';

/** What the header tells. `stored` is the size in the file, `upright` the size as EXIF orientation turns it. */
export interface PictureHeader {
  readonly mediaType: AcceptedMediaType;
  /** Memory that decoding takes, estimated from above. */
  readonly decodeBytes: number;
  readonly stored: Size;
  readonly upright: Size;
  readonly sixteenBitsWithProfile: boolean;
  /** Its profile says that the pixels are what they are turned into anyway. */
  readonly hasSrgbProfile: boolean;
}

/** CMYK with alpha. A TIFF may declare thousands of channels, which the limit on pixels would not see. */
const MAX_CHANNELS = 5;

/** Takes 0.2 ms; reads no pixels. */
export async function readHeader(
  encoded: Buffer,
  mediaType: AcceptedMediaType,
  limits: PictureLimits,
): Promise<PictureHeader> {
  const found = await sharp(encoded, { failOn: 'none', limitInputPixels: false }).metadata();
  const stored = { width: found.width, height: found.height };
  if (stored.width * stored.height > limits.inputPixels) throw tooManyPixels(limits, stored);
  if (found.channels > MAX_CHANNELS) throw formatNotSupported(mediaType, { channels: found.channels });
  const memory = decodeBytes(found, mediaType, encoded);
  if (memory > limits.decodeBytes) throw tooMuchMemory(limits, { mediaType, ...stored, decodeBytes: memory });
  const turned = (found.orientation ?? 1) >= 5;
  return {
    mediaType,
    decodeBytes: memory,
    stored,
    upright: turned ? { width: stored.height, height: stored.width } : stored,
    sixteenBitsWithProfile: found.depth === 'ushort' && found.hasProfile,
    hasSrgbProfile: found.depth === 'uchar' && found.icc !== undefined && isSrgbProfile(found.icc),
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
 * resize, so that a turned picture is still read row by row. Shrinking while reading stops at twice the wanted size: the
 * kernel does the rest, as the encoder was measured with. What is enlarged is decoded at its own size first.
 * Truncated data fails, an odd header passes (`failOn: error`). A profile that is sRGB is not applied: over 54 photos
 * it changed values by 1 of 255 at most, and took 5 ms of the 9 that such a photo needs.
 */
export async function readPixels(
  encoded: Buffer,
  header: PictureHeader,
  { to, kernel, part }: ReadOptions,
  limits: PictureLimits,
): Promise<Pixels> {
  const picture = sharp(encoded, {
    failOn: 'error',
    limitInputPixels: limits.inputPixels,
    ignoreIcc: header.hasSrgbProfile,
  });
  picture.timeout({ seconds: limits.decodeTimeoutS });
  if (part !== undefined) picture.extract(part);
  const wanted = lesser(to, part === undefined ? header.upright : uprightPart(header, part));
  const isShrunkByDecoder = part === undefined && shrinksWebp(header, wanted);
  const decoded = isShrunkByDecoder ? twice(wanted) : wanted;
  picture
    .resize(decoded.width, decoded.height, { fit: 'fill', kernel, fastShrinkOnLoad: isShrunkByDecoder })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha();
  // Sharp converts 16-bit pictures with a profile to Display P3 and leaves them there: this makes the last step.
  if (header.sixteenBitsWithProfile) picture.withIccProfile('srgb');
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3 || info.width !== decoded.width || info.height !== decoded.height) {
    throw new LookalikeError('internal', 'The decoder gave pixels of another shape than asked for.', {
      facts: { asked: decoded, width: info.width, height: info.height, channels: info.channels },
    });
  }
  return resizePixels({ data, ...decoded }, to, kernel);
}

/**
 * Sharp has WebP's decoder shrink all the way or not at all, and then a WebP takes 8 bytes a pixel. So where there is
 * much to shrink, sharp is asked for twice the size. JPEG's decoder stops by itself (`fastShrinkOnLoad: false`).
 */
function shrinksWebp({ mediaType, upright }: PictureHeader, { width, height }: Size): boolean {
  return mediaType === 'image/webp' && upright.width >= 4 * width && upright.height >= 4 * height;
}

function twice({ width, height }: Size): Size {
  return { width: 2 * width, height: 2 * height };
}

/** The size that a part of the stored picture has when it is turned upright. */
export function uprightPart({ stored, upright }: PictureHeader, { width, height }: Size): Size {
  return stored.width === upright.width ? { width, height } : { width: height, height: width };
}
