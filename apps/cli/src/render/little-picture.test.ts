import sharp from 'sharp';
import { littlePicture, PICTURE } from './little-picture.js';

const filled = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const seen = (lines: readonly string[]) => lines.map((it) => it.replaceAll(/\u001b\[[\d;]*m/g, ''));

describe('a little picture', () => {
  test('shows two pixels in a cell, one above the other', async () => {
    const blue = await filled(160, 60, '#0000ff').png().toBuffer();
    const picture = await filled(160, 100, '#ff0000')
      .composite([{ input: blue, top: 40, left: 0 }])
      .png()
      .toBuffer();
    const lines = await littlePicture(picture);
    expect(seen(lines)).toEqual(Array.from({ length: PICTURE.lines }, () => '\u2580'.repeat(PICTURE.cells)));
    // Where the halves meet, a little of the other may be in it.
    expect(lines[0]).toMatch(/38;2;255;0;0;48;2;25\d;0;\d/);
    expect(lines.at(-1)).toMatch(/38;2;\d;0;25\d;48;2;0;0;255/);
    for (const line of lines) expect(line.endsWith('\u001b[0m')).toBe(true);
  });

  test('keeps the proportions of a tall and of a flat one', async () => {
    const tall = seen(await littlePicture(await filled(40, 200, '#ffffff').webp().toBuffer()));
    expect(tall).toEqual(Array.from({ length: PICTURE.lines }, () => '\u2580'.repeat(2) + ' '.repeat(14)));
    const flat = seen(await littlePicture(await filled(160, 20, '#ffffff').webp().toBuffer()));
    expect(flat).toEqual(['\u2580'.repeat(16), ...Array.from({ length: 4 }, () => ' '.repeat(16))]);
  });

  test('of what is no picture cannot be made', async () => {
    await expect(littlePicture(Buffer.from('text'))).rejects.toThrow();
  });
});
