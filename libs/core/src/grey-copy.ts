/** Of the longer side: 48 × 36 pixels of most photos are 1.7 kB. */
export const GREY_COPY_SIDE = 48;

/**
 * A small grey copy of a whole picture, its proportions kept. Two of them can be laid over each other, to tell whether one
 * picture was made from the other.
 */
export interface GreyCopy {
  /** In pixels; each side is 1 to `GREY_COPY_SIDE`. */
  readonly width: number;
  readonly height: number;
  /** Luma (BT.601), 0 to 255, a byte a pixel, rows from the top. */
  readonly pixels: Uint8Array;
}

/** Base64 of width, height and pixels, a byte each: how logs and indexes keep it. */
export function encodeGreyCopy({ width, height, pixels }: GreyCopy): string {
  const bytes = Buffer.allocUnsafe(2 + pixels.length);
  bytes[0] = width;
  bytes[1] = height;
  bytes.set(pixels, 2);
  return bytes.toString('base64');
}

/** `null` for what is none. */
export function decodeGreyCopy(text: unknown): GreyCopy | null {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  const [width = 0, height = 0] = bytes;
  const isWhole = width > 0 && height > 0 && bytes.length === 2 + width * height;
  return isWhole ? { width, height, pixels: new Uint8Array(bytes.subarray(2)) } : null;
}
