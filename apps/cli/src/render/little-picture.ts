/** A cell of a terminal is about twice as high as wide, so with its upper and its lower half it shows two square pixels. */
export const PICTURE = { cells: 16, lines: 5 } as const;

/** Its lines, all of one width. */
export type LittlePicture = readonly string[];

const [UPPER, LOWER, RESET] = ['\u2580', '\u2584', '\u001b[0m'];
const RGBA = 4;
const OPAQUE = 128;

/**
 * A picture in 24-bit colours, within 16 × 5 cells, its proportions kept: for terminals that show such colours, whatever they have for
 * pictures beside. @param encoded as a thumbnail comes. @throws what the decoder throws.
 */
export async function littlePicture(encoded: Uint8Array): Promise<LittlePicture> {
  // Loading it takes longer than most commands.
  const { fittedPixels } = await import('#vision');
  const [width, height] = [PICTURE.cells, 2 * PICTURE.lines];
  const pixels = await fittedPixels(encoded, { width, height });
  const colourAt = (x: number, y: number): string | null => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = pixels.subarray((y * width + x) * RGBA);
    return alpha < OPAQUE ? null : `2;${red};${green};${blue}`;
  };
  const line = (y: number) =>
    Array.from({ length: width }, (_, x) => cell(colourAt(x, 2 * y), colourAt(x, 2 * y + 1))).join('') + RESET;
  return Array.from({ length: PICTURE.lines }, (_, y) => line(y));
}

function cell(upper: string | null, lower: string | null): string {
  if (upper === null && lower === null) return `${RESET} `;
  if (upper === null) return `${RESET}\u001b[38;${lower}m${LOWER}`;
  return lower === null ? `${RESET}\u001b[38;${upper}m${UPPER}` : `\u001b[38;${upper};48;${lower}m${UPPER}`;
}
