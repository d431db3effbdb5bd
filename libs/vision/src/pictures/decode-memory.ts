import type { Metadata } from 'sharp';
import type { AcceptedMediaType } from './picture-format.js';
import { readTiffLayout } from './tiff-layout.js';

type Found = Pick<Metadata, 'width' | 'height' | 'channels' | 'depth' | 'isProgressive' | 'chromaSubsampling'>;

/** libvips has so many rows under work while it shrinks, whatever the picture's height. */
const ROWS_UNDER_WORK = 1650;
const BYTES_OF_DEPTH: Readonly<Record<string, number>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  double: 8,
  complex: 8,
  dpcomplex: 16,
};
/** A WebP of more pixels is always shrunk while it is read: no side has more than 16,383. */
const WEBP_PIXELS_NOT_SHRUNK = 16_383 * 1024;

/**
 * Memory that decoding a picture takes, from above, by what its header tells. Pixels alone say little: a JPEG of 90
 * megapixels takes 7 MB, a progressive one 260 to 700 and an AVIF 1,600. Measured as the growth of a process's peak
 * (sharp 0.35, libvips 8.18) over pictures of 12 to 90 megapixels.
 */
export function decodeBytes(found: Found, mediaType: AcceptedMediaType, encoded: Buffer): number {
  const { width, height, channels, depth } = found;
  const pixels = width * height;
  const bytesPerPixel = channels * (BYTES_OF_DEPTH[depth] ?? 16);
  const rows = width * Math.min(height, ROWS_UNDER_WORK) * bytesPerPixel;
  switch (mediaType) {
    case 'image/jpeg':
      return (isReadShrunk(found) ? rows / 4 : rows) + (found.isProgressive ? pixels * coefficientBytes(found) : 0);
    case 'image/png':
      return rows + (found.isProgressive ? pixels * bytesPerPixel : 0);
    case 'image/gif':
      return rows + pixels * 4;
    case 'image/tiff':
      return rows + tiffBytes(found, bytesPerPixel, encoded);
    case 'image/avif':
      // 18 and 24 at first. What malloc keeps of it in each thread's arena makes the next ones grow from there.
      return rows + pixels * (depth === 'uchar' ? 22 : 28);
    case 'image/webp':
      // Lossless ones are held whole when shrunk; those not shrunk twice over, and their rows.
      return Math.max(pixels * 4, Math.min(pixels, WEBP_PIXELS_NOT_SHRUNK) * 11);
  }
}

/** To a quarter or less, for an encoder that takes some 256 pixels. The middle of a very long picture is read as it is. */
function isReadShrunk({ width, height }: Found): boolean {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  return short >= 2048 && long <= 16 * short;
}

/** Passes refine 16-bit coefficients of all of the picture. Chroma halved one way is told as `4:2:0` too. */
function coefficientBytes({ channels, chromaSubsampling = '' }: Found): number {
  const isHalved = chromaSubsampling.startsWith('4:2:0');
  return 2 * (isHalved ? channels - 1.5 : channels);
}

function tiffBytes({ width, height }: Found, bytesPerPixel: number, encoded: Buffer): number {
  const layout = readTiffLayout(encoded);
  if (layout === null || layout.isPlanar) return (width * height * bytesPerPixel * 4) / 3;
  if (layout.tile === null) return 0;
  // Tiles stick out at the right and at the bottom. Of three rows of them one is read and two are under work.
  const { tile } = layout;
  const rowBytes = Math.ceil(width / tile.width) * tile.width * tile.height * bytesPerPixel;
  return Math.min(3, Math.ceil(height / tile.height)) * rowBytes;
}
