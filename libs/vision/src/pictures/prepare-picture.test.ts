import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hammingDistance } from '#core';
import {
  animatedPicture,
  describeWithPhotos,
  longPicture,
  memoryOf,
  nativeBytes,
  plainPixels,
  ROSE,
  ROSE_PICTURES,
  SHARED_FOLDER,
  testPicture,
  testPixels,
  transparentPicture,
  turnedPicture,
} from '#testkit';
import { sharp } from './image-library.js';
import { DEFAULT_PICTURE_LIMITS } from './picture-limits.js';
import { createPreparePicture } from './prepare-picture.js';
import type { ResizeRule } from './resize-rule.js';

const VGG16_RULE: ResizeRule = { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' };
const prepare = createPreparePicture({ rule: VGG16_RULE, limits: DEFAULT_PICTURE_LIMITS });
const stretch = createPreparePicture({
  rule: { kind: 'stretch', width: 160, height: 120, kernel: 'cubic' },
  limits: DEFAULT_PICTURE_LIMITS,
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

async function rawThumbnail(thumbnail: Uint8Array) {
  return sharp(Buffer.from(thumbnail)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
}

/** The farthest that any pixel of the square or of the thumbnail is from the colour. */
async function farthestFrom({ r, g, b }: { r: number; g: number; b: number }, picture: Buffer) {
  const { pixels, makeThumbnail } = await prepare(picture);
  const { data } = await rawThumbnail(await makeThumbnail());
  const farthest = (bytes: Uint8Array) =>
    bytes.reduce((most, value, i) => Math.max(most, Math.abs(value - ([r, g, b][i % 3] ?? 0))), 0);
  return { square: farthest(pixels), thumbnail: farthest(data) };
}

describe('a prepared picture', () => {
  test('has the square, the upright size, a hash and a thumbnail without metadata', async () => {
    const { pixels, width, height, perceptualHash, makeThumbnail } = await prepare(
      await testPixels({ width: 500, height: 375 })
        .withMetadata({ orientation: 6 })
        .withIccProfile('p3')
        .jpeg()
        .toBuffer(),
    );
    expect(pixels).toHaveLength(224 * 224 * 3);
    expect(pixels.buffer.byteLength).toBe(pixels.length);
    expect({ width, height }).toEqual({ width: 375, height: 500 });
    expect(perceptualHash).toMatch(/^[0-9a-f]{16}$/);
    const found = await sharp(Buffer.from(await makeThumbnail())).metadata();
    expect(found).toMatchObject({ format: 'webp', width: 192, height: 256, hasProfile: false });
    expect(found.exif ?? found.orientation).toBeUndefined();
  });

  test('follows the rule: resized whole to the exact size, then the middle cut out', async () => {
    const picture = await testPicture({ width: 500, height: 375, format: 'png' });
    const resized = sharp(picture).resize(341, 256, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
    const expected = await sharp(await resized, { raw: { width: 341, height: 256, channels: 3 } })
      .extract({ left: 58, top: 16, width: 224, height: 224 })
      .raw()
      .toBuffer();
    expect(meanDifference((await prepare(picture)).pixels, expected)).toBe(0);
  });

  test('keeps the values of a picture whose profile is sRGB by name and colorants, and of no other', async () => {
    const picture = await testPixels({ width: 500, height: 375 }).withIccProfile('p3').jpeg().toBuffer();
    const plain = await prepare(await sharp(picture, { ignoreIcc: true }).png().toBuffer());
    const fromPlain = async () => meanDifference((await prepare(picture)).pixels, plain.pixels);
    expect(await fromPlain()).toBeGreaterThan(1);
    // A profile stands as it is in a JPEG. Its signature is at 36, manufacturer and model are at 48.
    const profile = picture.subarray(picture.indexOf('acsp') - 36);
    profile.write('IEC sRGB', 48, 'latin1');
    expect(await fromPlain()).toBeGreaterThan(1);
    for (const [tag, xyz] of Object.entries({
      rXYZ: [28578, 14580, 912],
      gXYZ: [25241, 46981, 6362],
      bXYZ: [9376, 3972, 46799],
    })) {
      const at = profile.readUInt32BE(profile.indexOf(tag) + 4);
      for (const [i, value] of xyz.entries()) profile.writeInt32BE(value, at + 8 + 4 * i);
    }
    expect(await fromPlain()).toBe(0);
  });

  test('is the same every time', async () => {
    const picture = await testPicture({ width: 900, height: 1400 });
    const [{ makeThumbnail, ...rest }, { makeThumbnail: makeOther, ...others }] = [
      await prepare(picture),
      await prepare(picture),
    ];
    expect(rest).toEqual(others);
    expect(await makeThumbnail()).toEqual(await makeOther());
  });

  test.each([
    [
      { width: 100, height: 80 },
      { width: 100, height: 80 },
    ],
    [
      { width: 1, height: 1 },
      { width: 1, height: 1 },
    ],
    [
      { width: 1000, height: 10 },
      { width: 256, height: 3 },
    ],
    [
      { width: 3, height: 2000 },
      { width: 1, height: 256 },
    ],
  ])('%j has a thumbnail of %j: never enlarged', async (size, expected) => {
    const { makeThumbnail } = await prepare(await testPicture({ ...size, format: 'png' }));
    expect(await sharp(Buffer.from(await makeThumbnail())).metadata()).toMatchObject(expected);
  });

  test('may be stretched instead', async () => {
    const picture = await testPicture({ width: 700, height: 300, format: 'png' });
    const expected = await sharp(picture).resize(160, 120, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
    const { pixels, makeThumbnail } = await stretch(picture);
    expect(meanDifference(pixels, expected)).toBeLessThan(1);
    expect(await sharp(Buffer.from(await makeThumbnail())).metadata()).toMatchObject({ width: 256, height: 110 });
  });
});

describe('a picture is read as a person sees it', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %d', async (orientation) => {
    const size = { width: 640, height: 401 };
    const upright = await prepare(await turnedPicture(1, size));
    const turned = await prepare(await turnedPicture(orientation, size));
    expect(turned).toMatchObject(size);
    expect(meanDifference(turned.pixels, upright.pixels)).toBeLessThan(1);
    expect(hammingDistance(turned.perceptualHash, upright.perceptualHash)).toBeLessThanOrEqual(2);
    const [a, b] = [
      await rawThumbnail(await turned.makeThumbnail()),
      await rawThumbnail(await upright.makeThumbnail()),
    ];
    // WebP's own losses depend on which way its blocks lie; a picture turned wrongly is off by 30 and more.
    expect(meanDifference(a.data, b.data)).toBeLessThan(4);
  });

  test('EXIF orientation also of very long pictures', async () => {
    const { width, height, pixels } = await prepare(await turnedPicture(6, { width: 30, height: 900 }));
    expect({ width, height }).toEqual({ width: 30, height: 900 });
    const upright = await prepare(await turnedPicture(1, { width: 30, height: 900 }));
    expect(meanDifference(pixels, upright.pixels)).toBeLessThan(1.5);
  });

  test.each(ROSE_PICTURES)('colours of a $kind', async ({ make, lossy }) => {
    const { square, thumbnail } = await farthestFrom(ROSE, await make());
    expect(square).toBeLessThanOrEqual(lossy);
    expect(thumbnail).toBeLessThanOrEqual(lossy + 6);
  });

  test.each(['jpeg', 'png', 'tiff', 'webp'] as const)('grey %s in three equal channels', async (format) => {
    const { pixels } = await prepare(await testPixels().greyscale().toFormat(format).toBuffer());
    const apart = pixels.filter((value, i) => Math.abs(value - (pixels[i - (i % 3)] ?? 0)) > 2);
    expect(apart).toHaveLength(0);
  });

  test.each(['png', 'webp', 'avif'] as const)('transparent %s over white', async (format) => {
    const half = { r: 228, g: 148, b: 158 };
    const tolerance = format === 'avif' ? 4 : 1;
    expect((await farthestFrom(half, await transparentPicture(format))).square).toBeLessThanOrEqual(tolerance);
    const white = { r: 255, g: 255, b: 255 };
    expect((await farthestFrom(white, await transparentPicture(format, 0))).square).toBeLessThanOrEqual(tolerance);
  });

  test.each(['gif', 'webp', 'png'] as const)('the first frame of an animated %s', async (format) => {
    const red = { r: 255, g: 0, b: 0 };
    const film = await animatedPicture(format);
    expect(await farthestFrom(red, film)).toMatchObject({ square: expect.closeTo(0, -1) });
    expect(await prepare(film)).toMatchObject({ width: 64, height: 48 });
  });
});

describe('a large WebP', () => {
  const size = { width: 6000, height: 4000 };

  test.each([
    ['lossy', { quality: 90 }, 60e6],
    // The decoder of lossless pictures keeps 4 bytes of every pixel.
    ['lossless', { lossless: true, effort: 0 }, 150e6],
  ])('that is %s is shrunk while it is read', async (_, options, most) => {
    const picture = await plainPixels(size).webp(options).toBuffer();
    const { grownBytes, result } = await memoryOf(() => prepare(picture));
    expect(grownBytes).toBeLessThan(most);
    expect(result).toMatchObject(size);
  });

  test.each([1, 6])('has the square of the same picture as a PNG, also at EXIF orientation %d', async (orientation) => {
    const pixels = testPixels({ width: 1500, height: 1300 }).withMetadata({ orientation });
    const webp = await pixels.clone().webp({ lossless: true }).toBuffer();
    const png = await pixels.clone().png().toBuffer();
    expect(meanDifference((await prepare(webp)).pixels, (await prepare(png)).pixels)).toBeLessThan(0.5);
  });

  test('that is a film shows its first frame', async () => {
    const [red, blue] = [
      { r: 255, g: 0, b: 0 },
      { r: 0, g: 0, b: 255 },
    ];
    const frames = await Promise.all(
      [red, blue].map((colour) =>
        plainPixels({ ...large, colour })
          .png()
          .toBuffer(),
      ),
    );
    const film = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    expect(await farthestFrom(red, film)).toMatchObject({ square: expect.closeTo(0, -1) });
    expect(await prepare(film)).toMatchObject(large);
  });
});

test('pictures are decoded side by side as far as their memory fits', async () => {
  const limits = { ...DEFAULT_PICTURE_LIMITS, decodesAtOnce: 4, decodeBytes: 128e6 };
  const way = createPreparePicture({ rule: VGG16_RULE, limits });
  // Each is held whole while it is decoded: 72 MB and what is under work.
  const picture = await plainPixels({ width: 6000, height: 4000 }).png({ progressive: true }).toBuffer();
  const { grownBytes } = await memoryOf(() => Promise.all([1, 2, 3, 4].map(() => way(picture))));
  expect(grownBytes).toBeLessThan(160e6);
});

const large = { width: 1400, height: 1100 };

describe('very long pictures', () => {
  test.each([
    [30_000, 2],
    [2, 30_000],
    [1, 20_000],
    [65_500, 1],
    [17_001, 1000],
  ])('%d × %d is prepared by a small work area', async (width, height) => {
    const picture = await longPicture(width, height);
    for (const way of [prepare, stretch]) {
      const before = nativeBytes();
      const prepared = await way(picture);
      expect(prepared).toMatchObject({ width, height });
      expect(nativeBytes() - before).toBeLessThan(120e6);
    }
    expect((await farthestFrom(ROSE, picture)).square).toBeLessThanOrEqual(1);
  });

  test('reading the middle alone gives the same square as the rule', async () => {
    // Ratio 16.1 is read twice, ratio 16 once; the middle of both is the same to the eye.
    const strip = await testPixels({ width: 1610, height: 100 }).png().toBuffer();
    const once = await sharp(strip).extract({ left: 5, top: 0, width: 1600, height: 100 }).png().toBuffer();
    expect(meanDifference((await prepare(strip)).pixels, (await prepare(once)).pixels)).toBeLessThan(1);
  });
});

describeWithPhotos('320 photos', () => {
  const folder = join(SHARED_FOLDER, 'photos');
  const files = readFileSync(join(folder, 'index.csv'), 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => /^"?(.+?\.JPEG)"?,/i.exec(line)?.[1] ?? []);

  test('are all prepared, and no two have like hashes', async () => {
    expect(files).toHaveLength(320);
    const prepared = await Promise.all(files.map((file) => prepare(readFileSync(join(folder, file)))));
    const hashes = prepared.map((it) => it.perceptualHash);
    const distances = hashes.flatMap((a, i) => hashes.slice(i + 1).map((b) => hammingDistance(a, b)));
    expect(Math.min(...distances)).toBeGreaterThan(10);
    const thumbnails = await Promise.all(prepared.map((it) => it.makeThumbnail()));
    expect(Math.max(...thumbnails.map((it) => it.length))).toBeLessThan(40_000);
  });

  test('keep their hash when recompressed and made smaller', async () => {
    for (const file of files.slice(0, 40)) {
      const photo = readFileSync(join(folder, file));
      const worse = await sharp(photo).autoOrient().resize(200).jpeg({ quality: 50 }).toBuffer();
      const distance = hammingDistance((await prepare(photo)).perceptualHash, (await prepare(worse)).perceptualHash);
      expect(distance).toBeLessThanOrEqual(8);
    }
  });
});
