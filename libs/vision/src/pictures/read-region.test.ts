import { testPicture, turnedPicture } from '#testkit';
import { sharp } from './image-library.js';
import { DEFAULT_PICTURE_LIMITS } from './picture-limits.js';
import { createPreparePicture } from './prepare-picture.js';

const SIZE = { width: 320, height: 240 };
const REGION = { left: 0.5, top: 0.25, width: 0.25, height: 0.5 };
const prepare = createPreparePicture({
  rule: { kind: 'stretch', width: 64, height: 64, kernel: 'cubic' },
  limits: DEFAULT_PICTURE_LIMITS,
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

describe('a region of a picture', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is that of the upright picture (EXIF orientation %d)', async (orientation) => {
    const upright = await sharp(await testPicture(SIZE)).toBuffer();
    const cutOut = await sharp(upright).extract({ left: 160, top: 60, width: 80, height: 120 }).png().toBuffer();
    const found = await prepare(await turnedPicture(orientation, SIZE), REGION);
    const wanted = await prepare(cutOut);
    expect(found).toMatchObject({ width: 80, height: 120 });
    expect(meanDifference(found.pixels, wanted.pixels)).toBeLessThan(4);
    expect(meanDifference(found.pixels, (await prepare(upright)).pixels)).toBeGreaterThan(8);
  });

  test('of a few pixels is refused', async () => {
    const picture = await testPicture(SIZE);
    await expect(prepare(picture, { ...REGION, width: 0.04 })).rejects.toMatchObject({
      code: 'region-too-small',
      facts: { width: 13, height: 120 },
    });
  });

  test('of what is no picture fails as the whole does', async () => {
    const damaged = (await testPicture(SIZE)).subarray(0, 2_000);
    await expect(prepare(damaged, REGION)).rejects.toMatchObject({ code: 'picture-damaged' });
  });
});
