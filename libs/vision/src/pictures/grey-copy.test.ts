import fc from 'fast-check';
import { GREY_COPY_SIDE } from '#core';
import { plainPixels, testPicture, testPixels } from '#testkit';
import { makeGreyCopy } from './grey-copy.js';
import { DEFAULT_PICTURE_LIMITS } from './picture-limits.js';
import { createPreparePicture } from './prepare-picture.js';

const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** RGB of grey pixels. */
function grey(width: number, ...values: number[]) {
  return { width, height: values.length / width, data: Uint8Array.from(values.flatMap((it) => [it, it, it])) };
}

describe('a grey copy', () => {
  test('has the mean luma of each area', () => {
    const data = Uint8Array.from({ length: 96 * 72 * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % 96, Math.floor(at / 3 / 96)];
      return [(2 * x) % 251, y, 3 * (x % 2)][at % 3] as number;
    });
    const { width, height, pixels } = makeGreyCopy({ data, width: 96, height: 72 });
    expect({ width, height }).toEqual({ width: 48, height: 36 });
    const lumaAt = (x: number, y: number) => 0.299 * ((2 * x) % 251) + 0.587 * y + 0.114 * 3 * (x % 2);
    const expected = Uint8Array.from({ length: 48 * 36 }, (_, at) => {
      const [x, y] = [2 * (at % 48), 2 * Math.floor(at / 48)];
      return Math.round((lumaAt(x, y) + lumaAt(x + 1, y) + lumaAt(x, y + 1) + lumaAt(x + 1, y + 1)) / 4);
    });
    expect(pixels).toEqual(expected);
  });

  test('of a picture that is smaller is not enlarged', () => {
    expect(makeGreyCopy(grey(2, 1, 2, 3, 4, 5, 6))).toEqual({
      width: 2,
      height: 3,
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  test('of any picture fits, keeps its proportions and its mean', () => {
    const side = fc.integer({ min: 1, max: 130 });
    fc.assert(
      fc.property(side, side, fc.integer(), (width, height, seed) => {
        const values = Array.from({ length: width * height }, (_, at) => (((at + seed) * 7919) % 256) & 255);
        const copy = makeGreyCopy(grey(width, ...values));
        expect(Math.max(copy.width, copy.height)).toBe(Math.min(GREY_COPY_SIDE, Math.max(width, height)));
        expect(Math.abs(copy.width * height - copy.height * width)).toBeLessThanOrEqual(Math.max(width, height));
        expect(copy.pixels).toHaveLength(copy.width * copy.height);
        expect(Math.abs(mean(copy.pixels) - mean(Uint8Array.from(values)))).toBeLessThan(0.6);
      }),
    );
  });
});

describe('a prepared picture has a grey copy', () => {
  const squares = createPreparePicture({
    rule: { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' },
    limits: DEFAULT_PICTURE_LIMITS,
  });

  test('of the whole, upright', async () => {
    const turned = await testPixels({ width: 500, height: 375 }).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { greyCopy } = await squares(turned);
    expect(greyCopy).toMatchObject({ width: 36, height: 48 });
    expect(greyCopy.pixels).toHaveLength(36 * 48);
  });

  test('that is plain where the picture is', async () => {
    const { greyCopy } = await squares(await plainPixels({ width: 300, height: 200 }).png().toBuffer());
    expect(new Set(greyCopy.pixels).size).toBe(1);
  });

  test.each([
    [
      { width: 2000, height: 3 },
      { width: 48, height: 1 },
    ],
    [
      { width: 20, height: 400 },
      { width: 2, height: 48 },
    ],
    [
      { width: 1, height: 1 },
      { width: 48, height: 48 },
    ],
  ])('%j has one of %j', async (size, expected) => {
    const { greyCopy } = await squares(await testPicture({ ...size, format: 'png' }));
    expect(greyCopy).toMatchObject(expected);
  });
});
