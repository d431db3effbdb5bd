import sharp from 'sharp';
import { seededRandom } from './seeded-random.js';

export type TestPictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

export const TEST_PICTURE_FORMATS: readonly TestPictureFormat[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'];

export interface TestPictureOptions {
  readonly width?: number;
  readonly height?: number;
  /** Another seed is another picture. */
  readonly seed?: number;
  readonly format?: TestPictureFormat;
  /** As lossy as the format allows at this number; PNG, GIF and TIFF are not. */
  readonly quality?: number;
}

/** A picture of soft blobs, different in every corner, so turns, crops and recompression can be told. */
export async function testPicture(options: TestPictureOptions = {}): Promise<Buffer> {
  const { format = 'jpeg', quality = 90 } = options;
  const picture = testPixels(options);
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality }).toBuffer();
    case 'webp':
      return picture.webp({ quality }).toBuffer();
    case 'avif':
      return picture.avif({ quality, effort: 1 }).toBuffer();
    case 'tiff':
      return picture.tiff({ compression: 'lzw' }).toBuffer();
    default:
      return picture.toFormat(format).toBuffer();
  }
}

/** The same picture for sharp, not yet written. */
export function testPixels({ width = 320, height = 240, seed = 1 }: TestPictureOptions = {}): sharp.Sharp {
  const random = seededRandom(seed);
  const background = [random() * 255, random() * 255, random() * 255];
  const blobs = Array.from({ length: 12 }, () => ({
    x: random(),
    y: random(),
    spread: 0.03 + random() * 0.2,
    colour: [random() * 255, random() * 255, random() * 255],
  }));
  // A blob is a product of its columns and rows, which spares an exponential for each pixel.
  const bell = (length: number, centre: number, spread: number) =>
    Float64Array.from({ length }, (_, i) => Math.exp(-(((i + 0.5) / length - centre) ** 2) / (2 * spread ** 2)));
  const across = blobs.map(({ x, spread }) => bell(width, x, spread));
  const down = blobs.map(({ y, spread }) => bell(height, y, spread));
  const colours = blobs.flatMap(({ colour }) => colour);
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      let [red = 0, green = 0, blue = 0] = background;
      for (let i = 0; i < blobs.length; i++) {
        const share = (across[i]?.[x] ?? 0) * (down[i]?.[y] ?? 0);
        red += ((colours[3 * i] ?? 0) - red) * share;
        green += ((colours[3 * i + 1] ?? 0) - green) * share;
        blue += ((colours[3 * i + 2] ?? 0) - blue) * share;
      }
      data[at] = Math.round(red);
      data[at + 1] = Math.round(green);
      data[at + 2] = Math.round(blue);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export interface PlainPictureOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colour?: { readonly r: number; readonly g: number; readonly b: number; readonly alpha?: number };
}

/** One colour all over, for sharp to write in any form. */
export function plainPixels({ width = 64, height = 48, colour = ROSE }: PlainPictureOptions = {}): sharp.Sharp {
  return sharp({ create: { width, height, channels: colour.alpha === undefined ? 3 : 4, background: colour } });
}

export const ROSE = { r: 200, g: 40, b: 60 };
