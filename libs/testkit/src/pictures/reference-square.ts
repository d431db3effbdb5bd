import sharp from 'sharp';
import { pillowBicubic, type RgbPicture } from './pillow-bicubic.js';

const SHORT_SIDE = 256;
const CROP = 224;

/**
 * The square that shared/models/expected.json was computed with, made without the product's code: decoded at full size,
 * turned by EXIF, in sRGB, short side 256 by Pillow's bicubic, the middle 224 × 224. RGB, 3 bytes a pixel.
 */
export async function referenceSquare(encoded: Buffer): Promise<Uint8Array> {
  const { data, info } = await sharp(encoded)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const short = Math.min(info.width, info.height);
  const side = (length: number) => Math.floor((length * SHORT_SIDE) / short + 0.5);
  const picture = { data, width: info.width, height: info.height };
  return middle(pillowBicubic(picture, { width: side(info.width), height: side(info.height) }));
}

function middle({ data, width, height }: RgbPicture): Uint8Array {
  const left = Math.floor((width - CROP) / 2);
  const top = Math.floor((height - CROP) / 2);
  const rows = Array.from({ length: CROP }, (_, y) => {
    const start = ((top + y) * width + left) * 3;
    return data.subarray(start, start + CROP * 3);
  });
  return new Uint8Array(Buffer.concat(rows));
}
