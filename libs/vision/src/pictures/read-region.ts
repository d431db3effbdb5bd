import { type Region, regionPixels } from '#core';
import { sharp } from './image-library.js';
import type { PictureLimits } from './picture-limits.js';
import type { PictureHeader } from './picture-reader.js';

/**
 * A region of the upright picture as a picture of its own: an uncompressed PNG in sRGB. It takes up to 4 bytes a pixel
 * beside what decoding takes; searches by a region are few. @throws `region-too-small`.
 */
export async function readRegion(
  encoded: Buffer,
  header: PictureHeader,
  region: Region,
  limits: PictureLimits,
): Promise<Buffer> {
  const picture = sharp(encoded, {
    failOn: 'error',
    limitInputPixels: limits.inputPixels,
    ignoreIcc: header.hasSrgbProfile,
  });
  return picture
    .timeout({ seconds: limits.decodeTimeoutS })
    .autoOrient()
    .extract(regionPixels(region, header.upright))
    .toColourspace('srgb')
    .png({ compressionLevel: 0 })
    .toBuffer();
}
