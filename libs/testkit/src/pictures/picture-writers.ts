import { crc32, deflateSync } from 'node:zlib';

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Black and white PNG, all black; 1,000 times smaller than its pixels. */
export function oneBitPng(width: number, height: number): Buffer {
  const pixels = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  return Buffer.concat([PNG_SIGNATURE, header(width, height, 1, 0), chunk('IDAT', pixels), chunk('IEND')]);
}

/** Two PNGs of one size and kind as an animation that shows the first, then the second. */
export function animatedPng(
  first: Buffer,
  second: Buffer,
  { width, height }: { width: number; height: number },
): Buffer {
  const begin = chunksOf(first);
  const frame = (number: number) => chunk('fcTL', uint32s(number, width, height, 0, 0, 0x0001000a, 0).subarray(0, 26));
  return Buffer.concat([
    PNG_SIGNATURE,
    ...begin.filter((it) => it.type === 'IHDR').map((it) => chunk(it.type, it.data)),
    chunk('acTL', uint32s(2, 0)),
    frame(0),
    ...begin.filter((it) => it.type === 'IDAT').map((it) => chunk(it.type, it.data)),
    frame(1),
    ...chunksOf(second)
      .filter((it) => it.type === 'IDAT')
      .map((it, i) => chunk('fdAT', Buffer.concat([uint32s(2 + i), it.data]))),
    chunk('IEND'),
  ]);
}

export interface TiffHeaderOptions {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Side of the tiles; without it the picture is one strip. */
  readonly tile?: number;
}

/** A TIFF whose directory says what the caller wants and which holds 4 kB of zeros for pixels. */
export function tiffHeader({ width, height, channels, tile }: TiffHeaderOptions): Buffer {
  const pixels = Buffer.alloc(4096);
  const photometric = channels >= 3 ? 2 : 1;
  const layout: TiffLayout =
    tile === undefined
      ? { offsets: 273, sizes: 279, count: 1, sides: [[278, height]] }
      : {
          offsets: 324,
          sizes: 325,
          count: 1,
          sides: [
            [322, tile],
            [323, tile],
          ],
        };
  return tiff({ width, height, channels, photometric, compression: 1, layout, pixels });
}

/** No ink anywhere, in strips that are all the same few bytes: as many pixels as wanted in a few kilobytes. */
export function repetitiveCmykTiff(width: number, height: number): Buffer {
  const rows = 100;
  const pixels = deflateSync(Buffer.alloc(width * rows * 4));
  const layout = { offsets: 273, sizes: 279, count: height / rows, sides: [[278, rows]] } as const;
  return tiff({ width, height, channels: 4, photometric: 5, compression: 8, layout, pixels });
}

/** Grey, in square tiles that are all the same few bytes. */
export function repetitiveTiledTiff(width: number, height: number, tile: number): Buffer {
  const sides = [
    [322, tile],
    [323, tile],
  ] as const;
  const count = Math.ceil(width / tile) * Math.ceil(height / tile);
  const pixels = deflateSync(Buffer.alloc(tile * tile * 3, 128));
  const layout = { offsets: 324, sizes: 325, count, sides };
  return tiff({ width, height, channels: 3, photometric: 2, compression: 8, layout, pixels });
}

/** Grey, each channel by itself, in one strip. */
export function planarTiff(width: number, height: number): Buffer {
  const pixels = deflateSync(Buffer.alloc(width * height, 128));
  const layout = {
    offsets: 273,
    sizes: 279,
    count: 3,
    sides: [
      [278, height],
      [284, 2],
    ],
  } as const;
  return tiff({ width, height, channels: 3, photometric: 2, compression: 8, layout, pixels });
}

interface TiffLayout {
  /** Tags of the arrays that hold where the strips or tiles are and how many bytes they have. */
  readonly offsets: number;
  readonly sizes: number;
  readonly count: number;
  /** Tags of their sides, and of what else is special. */
  readonly sides: readonly (readonly [tag: number, value: number])[];
}

interface TiffFields {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly photometric: number;
  readonly compression: number;
  readonly layout: TiffLayout;
  /** Every strip or tile points here. */
  readonly pixels: Buffer;
}

/** Little-endian, 8 bits a channel, one directory, all values as 32-bit numbers. */
function tiff({ width, height, channels, photometric, compression, layout, pixels }: TiffFields): Buffer {
  const arraysAt = 512;
  const pixelsAt = arraysAt + 8 * layout.count;
  // An array of one value is stored in its entry, a longer one elsewhere.
  const arrays = layout.count === 1 ? [pixelsAt, pixels.length] : [arraysAt, arraysAt + 4 * layout.count];
  const entries: (readonly [tag: number, count: number, value: number])[] = [
    [256, 1, width],
    [257, 1, height],
    [258, 1, 8],
    [259, 1, compression],
    [262, 1, photometric],
    [277, 1, channels],
    [layout.offsets, layout.count, arrays[0] ?? 0],
    [layout.sizes, layout.count, arrays[1] ?? 0],
    ...layout.sides.map(([tag, value]) => [tag, 1, value] as const),
  ];
  entries.sort(([a], [b]) => a - b);
  const file = Buffer.alloc(pixelsAt);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, count, value], i) => {
    file.writeUInt16LE(tag, 10 + 12 * i);
    file.writeUInt16LE(4, 12 + 12 * i);
    file.writeUInt32LE(count, 14 + 12 * i);
    file.writeUInt32LE(value, 18 + 12 * i);
  });
  for (let i = 0; i < layout.count; i++) {
    file.writeUInt32LE(pixelsAt, arraysAt + 4 * i);
    file.writeUInt32LE(pixels.length, arraysAt + 4 * (layout.count + i));
  }
  return Buffer.concat([file, pixels]);
}

function header(width: number, height: number, bits: number, colourType: number): Buffer {
  return chunk('IHDR', Buffer.concat([uint32s(width, height), Buffer.from([bits, colourType, 0, 0, 0])]));
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32s(data.length), body, uint32s(crc32(body))]);
}

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}
