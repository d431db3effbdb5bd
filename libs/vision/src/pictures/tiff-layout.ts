/** How the pixels of a TIFF lie in the file, as far as its decoder's memory depends on it. */
export interface TiffLayout {
  readonly tile: { readonly width: number; readonly height: number } | null;
  /** One plane after the other instead of the channels of a pixel together. */
  readonly isPlanar: boolean;
}

const TAG = { planarConfiguration: 284, tileWidth: 322, tileHeight: 323 };
const PLANAR = 2;
/** Sizes of SHORT, LONG and LONG8. */
const BYTES_OF_TYPE: Readonly<Record<number, number>> = { 3: 2, 4: 4, 16: 8 };

/** Of the first picture, by its directory (TIFF 6.0 and BigTIFF); null where that is not among the bytes. */
export function readTiffLayout(encoded: Buffer): TiffLayout | null {
  try {
    const values = firstDirectory(encoded);
    const [width, height] = [values.get(TAG.tileWidth), values.get(TAG.tileHeight)];
    return {
      tile: width === undefined || height === undefined ? null : { width, height },
      isPlanar: values.get(TAG.planarConfiguration) === PLANAR,
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** First values of the entries that are whole numbers, by tag. Throws RangeError when it is cut off. */
function firstDirectory(encoded: Buffer): ReadonlyMap<number, number> {
  const isLittle = encoded.toString('latin1', 0, 2) === 'II';
  const number = (at: number, bytes: number): number => {
    if (bytes === 8) return Number(isLittle ? encoded.readBigUInt64LE(at) : encoded.readBigUInt64BE(at));
    return isLittle ? encoded.readUIntLE(at, bytes) : encoded.readUIntBE(at, bytes);
  };
  const isBig = number(2, 2) === 43;
  const [wordBytes, countBytes] = isBig ? [8, 8] : [4, 2];
  const start = number(isBig ? 8 : 4, wordBytes);
  const entryBytes = 4 + 2 * wordBytes;
  const values = new Map<number, number>();
  for (let i = 0, count = number(start, countBytes); i < count; i++) {
    const at = start + countBytes + i * entryBytes;
    const bytes = BYTES_OF_TYPE[number(at + 2, 2)];
    const tag = number(at, 2);
    if (bytes !== undefined) values.set(tag, number(at + 4 + wordBytes, bytes));
  }
  return values;
}
