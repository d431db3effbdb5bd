import { sharp } from './image-library.js';
import type { Size } from './resize-rule.js';

const TRANSPARENT = { r: 0, g: 0, b: 0, alpha: 0 };

/**
 * The picture within so many pixels, its proportions kept, at their top left; the rest is transparent.
 * @returns RGBA, 4 bytes a pixel, rows from the top. @throws what the decoder throws.
 */
export function fittedPixels(encoded: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  return sharp(encoded)
    .ensureAlpha()
    .resize(width, height, { fit: 'contain', position: 'left top', background: TRANSPARENT })
    .raw()
    .toBuffer();
}
