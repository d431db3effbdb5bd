import sharp from 'sharp';
import {
  animatedPng,
  oneBitPng,
  planarTiff,
  repetitiveCmykTiff,
  repetitiveTiledTiff,
  tiffHeader,
} from './picture-writers.js';
import { seededRandom } from './seeded-random.js';
import { plainPixels, ROSE, type TestPictureOptions, testPixels } from './test-picture.js';

/** The picture as a camera held another way stores it: a viewer that follows EXIF shows `testPicture(options)`. */
export function turnedPicture(orientation: number, options: TestPictureOptions = {}): Promise<Buffer> {
  const upright = testPixels(options);
  return storedFor(upright, orientation).then((stored) =>
    stored.withMetadata({ orientation }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
  );
}

/** Undoes what EXIF says (2 mirrored, 3 half a turn, 4 upside down, 5 to 8 the quarter turns), one step at a time. */
async function storedFor(upright: sharp.Sharp, orientation: number): Promise<sharp.Sharp> {
  const raw = async (picture: sharp.Sharp) => {
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
  };
  const mirrored = async (picture: sharp.Sharp) => raw(picture.flop());
  const turned = async (picture: sharp.Sharp, degrees: number) => raw(picture.rotate(degrees));
  switch (orientation) {
    case 2:
      return mirrored(upright);
    case 3:
      return turned(upright, 180);
    case 4:
      return raw(upright.flip());
    case 5: // shown mirrored and then turned by 270: rows and columns swapped
      return mirrored(await turned(upright, 90));
    case 6: // shown turned by 90
      return turned(upright, 270);
    case 7: // shown mirrored and then turned by 90
      return mirrored(await turned(upright, 270));
    case 8: // shown turned by 270
      return turned(upright, 90);
    default:
      return upright;
  }
}

/** The same rose colour all over, each written in another way. `lossy` is how far a channel may be off. */
export const ROSE_PICTURES: readonly { kind: string; lossy: number; make: () => Promise<Buffer> }[] = [
  { kind: 'JPEG', lossy: 3, make: () => plainPixels().jpeg().toBuffer() },
  { kind: 'PNG', lossy: 0, make: () => plainPixels().png().toBuffer() },
  { kind: 'palette PNG', lossy: 0, make: () => plainPixels().png({ palette: true }).toBuffer() },
  { kind: '16-bit PNG', lossy: 1, make: () => plainPixels().toColourspace('rgb16').png().toBuffer() },
  { kind: 'WebP', lossy: 3, make: () => plainPixels().webp().toBuffer() },
  { kind: 'GIF', lossy: 1, make: () => plainPixels().gif().toBuffer() },
  { kind: 'TIFF', lossy: 3, make: () => plainPixels().tiff().toBuffer() },
  { kind: 'Lab TIFF', lossy: 3, make: () => plainPixels().toColourspace('lab').tiff().toBuffer() },
  { kind: 'AVIF', lossy: 3, make: () => plainPixels().avif().toBuffer() },
  { kind: 'Display P3 JPEG', lossy: 4, make: () => plainPixels().withIccProfile('p3').jpeg().toBuffer() },
  { kind: 'Display P3 PNG', lossy: 2, make: () => plainPixels().withIccProfile('p3').png().toBuffer() },
  {
    kind: '16-bit Display P3 PNG',
    lossy: 2,
    make: () => plainPixels().toColourspace('rgb16').withIccProfile('p3').png().toBuffer(),
  },
  // Rose lies at the edge of what the ink profile can print: going there and back costs some colour.
  { kind: 'CMYK JPEG', lossy: 22, make: () => plainPixels().toColourspace('cmyk').jpeg().toBuffer() },
  { kind: 'CMYK TIFF', lossy: 22, make: () => plainPixels().toColourspace('cmyk').tiff().toBuffer() },
];

/** Rose, half transparent. */
export function transparentPicture(format: 'png' | 'webp' | 'avif', alpha = 0.5): Promise<Buffer> {
  const picture = plainPixels({ colour: { ...ROSE, alpha } });
  return (format === 'webp' ? picture.webp({ lossless: true }) : picture.toFormat(format)).toBuffer();
}

/** Red first, then blue. */
export async function animatedPicture(format: 'gif' | 'webp' | 'png'): Promise<Buffer> {
  const red = await plainPixels({ colour: { r: 255, g: 0, b: 0 } })
    .png()
    .toBuffer();
  const blue = await plainPixels({ colour: { r: 0, g: 0, b: 255 } })
    .png()
    .toBuffer();
  if (format === 'png') return animatedPng(red, blue, { width: 64, height: 48 });
  const film = sharp([red, blue], { join: { animated: true } });
  return format === 'gif' ? film.gif().toBuffer() : film.webp({ lossless: true }).toBuffer();
}

/** By default 900 megapixels in a file of 110 kB. */
export function pictureBomb(width = 30_000, height = 30_000): Buffer {
  return oneBitPng(width, height);
}

export function longPicture(width: number, height: number): Promise<Buffer> {
  return plainPixels({ width, height }).png().toBuffer();
}

export function truncated(picture: Buffer, share: number): Buffer {
  return picture.subarray(0, Math.floor(picture.length * share));
}

/** Up to eight bytes changed, one in four times the end cut off or a run of bytes left out. */
export function corrupted(picture: Buffer, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.from(picture);
  const changes = 1 + Math.floor(random() * 8);
  // Headers break in more ways than pixels do: half of the changes go there.
  const place = () => Math.floor(random() * (random() < 0.5 ? Math.min(256, bytes.length) : bytes.length));
  for (let i = 0; i < changes; i++) bytes[place()] = Math.floor(random() * 256);
  if (random() > 0.25) return bytes;
  const from = place();
  return random() < 0.5 ? bytes.subarray(0, from) : Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 16)]);
}

/**
 * Each of its 324 megapixels must go through an ink profile before anything shrinks: 7 s of work, a small file. Of a smaller one the
 * time-out is first looked at when half is done, which may be too early, and then when nothing is left to stop.
 */
export function slowPicture(): Buffer {
  return repetitiveCmykTiff(18_000, 18_000);
}

/** Its decoder holds tiles of 2048 × 2048. */
export function tiffOfLargeTiles(width: number, height: number): Buffer {
  return repetitiveTiledTiff(width, height, 2048);
}

/** All red, then all green, then all blue: its decoder holds the whole. */
export function tiffOfPlanes(width: number, height: number): Buffer {
  return planarTiff(width, height);
}

/** 100 × 100 pixels of 4,000 channels each. */
export function tiffOfManyChannels(): Buffer {
  return tiffHeader({ width: 100, height: 100, channels: 4000 });
}

/** 100 × 100 pixels in one tile of 60,000 × 60,000. */
export function tiffOfHugeTile(): Buffer {
  return tiffHeader({ width: 100, height: 100, channels: 3, tile: 59_984 });
}

export const NOT_PICTURES = {
  svg: Buffer.from(
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect/></svg>',
  ),
  svgUtf16: Buffer.from('\ufeff<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>', 'utf16le'),
  pdf: Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n'),
  heic: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat', 'latin1'),
  jxl: Buffer.from('\xff\x0a\xfa\x1f\x41\x90', 'latin1'),
  bmp: Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'latin1'),
  film: Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'),
  text: Buffer.from('This is not a picture.'),
  html: Buffer.from('<!doctype html><html><body>404 Not Found</body></html>'),
  zeros: Buffer.alloc(2048),
} as const;
