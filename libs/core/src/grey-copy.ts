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
