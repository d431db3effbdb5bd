import { isLookalikeError, LookalikeError } from '#core';
import {
  corrupted,
  longPicture,
  NOT_PICTURES,
  nativeBytes,
  pictureBomb,
  plainPixels,
  slowPicture,
  TEST_PICTURE_FORMATS,
  testPicture,
  testPixels,
  tiffOfHugeTile,
  tiffOfManyChannels,
  truncated,
} from '#testkit';
import { decodeFailure, decodeFailureKind } from './decode-failure.js';
import { DEFAULT_PICTURE_LIMITS } from './picture-limits.js';
import { createPreparePicture } from './prepare-picture.js';
import type { ResizeRule } from './resize-rule.js';

const rule: ResizeRule = { kind: 'short-side-crop', shortSide: 256, crop: 224, kernel: 'cubic' };
const withLimits = (limits: Partial<typeof DEFAULT_PICTURE_LIMITS>) =>
  createPreparePicture({ rule, limits: { ...DEFAULT_PICTURE_LIMITS, ...limits } });
const prepare = withLimits({});

async function codeOf(picture: Uint8Array, way = prepare): Promise<string> {
  return way(picture).then(
    () => 'prepared',
    (error) => (isLookalikeError(error) ? error.code : `not ours: ${String(error)}`),
  );
}

describe('a bad picture is refused with a code of its own', () => {
  test.each([
    ['no bytes', Buffer.alloc(0), 'picture-empty'],
    ['text', NOT_PICTURES.text, 'picture-not-recognised'],
    ['a web page', NOT_PICTURES.html, 'picture-not-recognised'],
    ['zeros', NOT_PICTURES.zeros, 'picture-not-recognised'],
    ['two bytes of a JPEG', Buffer.from([0xff, 0xd8]), 'picture-not-recognised'],
    ['an SVG', NOT_PICTURES.svg, 'picture-format-not-supported'],
    ['an SVG in UTF-16', NOT_PICTURES.svgUtf16, 'picture-format-not-supported'],
    ['a PDF', NOT_PICTURES.pdf, 'picture-format-not-supported'],
    ['a HEIC', NOT_PICTURES.heic, 'picture-format-not-supported'],
    ['a JPEG XL', NOT_PICTURES.jxl, 'picture-format-not-supported'],
    ['a BMP', NOT_PICTURES.bmp, 'picture-format-not-supported'],
    ['a film', NOT_PICTURES.film, 'picture-format-not-supported'],
    ['a TIFF of 4,000 channels', tiffOfManyChannels(), 'picture-damaged'],
    ['the first bytes of a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'picture-damaged'],
    ['a WebP of nothing', Buffer.from('RIFF\x04\0\0\0WEBP', 'latin1'), 'picture-damaged'],
  ])('%s', async (_, picture, code) => {
    expect(await codeOf(picture)).toBe(code);
  });

  test('a PNG bomb of 900 megapixels, at once and without decoding', async () => {
    const bomb = pictureBomb();
    expect(bomb.length).toBeLessThan(200_000);
    const before = nativeBytes();
    const error = await prepare(bomb).catch((it) => it);
    expect(error).toMatchObject({
      code: 'picture-too-many-pixels',
      canRetry: false,
      facts: { limit: 100_000_000, width: 30_000, height: 30_000 },
    });
    expect(nativeBytes() - before).toBeLessThan(20e6);
  });

  test('a TIFF with one huge tile, without taking the memory it claims', async () => {
    const before = nativeBytes();
    expect(await codeOf(tiffOfHugeTile())).toMatch(/^picture-(damaged|format-not-supported|too-many-pixels)$/);
    expect(nativeBytes() - before).toBeLessThan(100e6);
  });

  test('one with more bytes than the limit', async () => {
    const picture = await testPicture();
    expect(await codeOf(picture, withLimits({ encodedBytes: picture.length }))).toBe('prepared');
    expect(await codeOf(picture, withLimits({ encodedBytes: picture.length - 1 }))).toBe('picture-too-large');
  });

  test('one with more pixels than the limit', async () => {
    const picture = await longPicture(300, 100);
    expect(await codeOf(picture, withLimits({ inputPixels: 30_000 }))).toBe('prepared');
    expect(await codeOf(picture, withLimits({ inputPixels: 29_999 }))).toBe('picture-too-many-pixels');
  });

  test('one that takes more memory than there is, by its kind', async () => {
    const pixels = plainPixels({ width: 1200, height: 1000 });
    const little = { decodeBytes: 16e6 };
    expect(await codeOf(await pixels.clone().jpeg().toBuffer(), withLimits(little))).toBe('prepared');
    const error = await withLimits(little)(await pixels.avif({ effort: 0 }).toBuffer()).catch((it) => it);
    expect(error).toMatchObject({
      code: 'picture-too-many-pixels',
      canRetry: false,
      facts: { mediaType: 'image/avif', width: 1200, height: 1000, maxDecodeBytes: 16e6 },
    });
    expect(error.facts.decodeBytes).toBeGreaterThan(16e6);
  });

  test('one that takes too long', async () => {
    const slow = slowPicture();
    expect(slow.length).toBeLessThan(20_000);
    const limits = { inputPixels: 400_000_000, decodeTimeoutS: 1, decodesAtOnce: 1 };
    expect(await codeOf(slow, withLimits(limits))).toBe('picture-too-slow');
  });

  test.each(TEST_PICTURE_FORMATS)('a truncated %s', async (format) => {
    const picture = await testPicture({ format });
    for (const share of [0.3, 0.6, 0.9, 0.98]) {
      expect(await codeOf(truncated(picture, share))).toBe('picture-damaged');
    }
  });

  test.each([
    ['JPEG', () => testPixels().jpeg({ progressive: true }).toBuffer()],
    ['PNG', () => testPixels().png({ progressive: true }).toBuffer()],
  ])('a truncated %s that comes in passes', async (_, make) => {
    expect(await codeOf(truncated(await make(), 0.6))).toBe('picture-damaged');
  });

  test('but not for bytes after its end', async () => {
    const picture = Buffer.concat([await testPicture(), Buffer.from('trailing bytes of some camera')]);
    expect(await codeOf(picture)).toBe('prepared');
  });
});

describe('messages of the decoders', () => {
  test.each([
    ['vips_tracked: out of memory --- size == 4GB', 'no-memory'],
    ['Could not allocate enough memory for raw output', 'no-memory'],
    ['Input image exceeds pixel limit', 'too-many-pixels'],
    ['timeout: 34% complete', 'too-slow'],
    ['heif: Unsupported feature: Unsupported codec (4.3000)', 'not-supported'],
    ['VipsJpeg: premature end of JPEG image', 'damaged'],
    ['Unknown error', 'damaged'],
    ['anything new', 'damaged'],
  ])('%s means %s', (message, kind) => {
    expect(decodeFailureKind(message)).toBe(kind);
  });

  test('want of memory is a fault, everything else an outcome', () => {
    const failure = (message: string, tookMs = 10_000) =>
      decodeFailure(new Error(message), { mediaType: 'image/png', tookMs, limits: DEFAULT_PICTURE_LIMITS });
    expect(failure('out of memory')).toMatchObject({ code: 'overloaded', canRetry: true });
    expect(failure('timeout: 1% complete')).toMatchObject({ code: 'picture-too-slow', canRetry: false });
    // Another picture's time-out, left in libvips' common text of errors.
    expect(failure('timeout: 1% complete', 20)).toMatchObject({ code: 'picture-damaged' });
    expect(failure('bad huffman code').cause).toMatchObject({ message: 'bad huffman code' });
  });

  test('are not mixed up between pictures that are read side by side', async () => {
    const side = withLimits({ decodesAtOnce: 4, inputPixels: 1_000_000 });
    const damaged = truncated(await testPicture({ width: 800, height: 600 }), 0.9);
    const tooMany = await longPicture(1001, 1000);
    const good = await testPicture();
    const mixed = Array.from({ length: 60 }, (_, i) => [damaged, tooMany, good][i % 3] ?? good);
    const codes = await Promise.all(mixed.map((it) => codeOf(it, side)));
    expect(new Set(codes.filter((_, i) => i % 3 === 0))).toEqual(new Set(['picture-damaged']));
    expect(new Set(codes.filter((_, i) => i % 3 === 1))).toEqual(new Set(['picture-too-many-pixels']));
    expect(new Set(codes.filter((_, i) => i % 3 === 2))).toEqual(new Set(['prepared']));
  });
});

test('a thousand broken pictures at once leave native memory flat', async () => {
  const picture = await testPicture({ width: 1200, height: 900 });
  const broken = Array.from({ length: 1000 }, (_, i) => truncated(picture, 0.2 + (i % 70) / 100));
  const round = async () => {
    const codes = await Promise.all(broken.map((it) => codeOf(it)));
    expect(new Set(codes)).toEqual(new Set(['picture-damaged']));
    return nativeBytes();
  };
  const rounds = [await round()];
  while (rounds.length < 4) rounds.push(await round());
  // What the allocator keeps of the first rounds is kept once; what leaks comes again with each.
  const grownByRound = (Math.max(...rounds) - (rounds[0] ?? 0)) / (rounds.length - 1);
  expect(grownByRound).toBeLessThan(25e6);
}, 120_000);

describe('bytes changed at random never give anything but a picture or a code', () => {
  test.each(TEST_PICTURE_FORMATS)(
    '%s',
    async (format) => {
      const small = withLimits({ inputPixels: 4_000_000 });
      const picture = await testPicture({ width: 160, height: 120, format });
      const codes: Record<string, number> = {};
      for (let seed = 1; seed <= 200; seed++) {
        const code = await codeOf(corrupted(picture, seed), small);
        codes[code] = (codes[code] ?? 0) + 1;
        if (code !== 'prepared' && !code.startsWith('picture-')) throw new Error(`seed ${seed}: ${code}`);
      }
      expect(Object.keys(codes).length).toBeGreaterThan(1);
    },
    120_000,
  );
});

test('a rule that crops more than there is is refused at once', () => {
  const wrong: ResizeRule = { kind: 'short-side-crop', shortSide: 200, crop: 224, kernel: 'cubic' };
  expect(() => createPreparePicture({ rule: wrong, limits: DEFAULT_PICTURE_LIMITS })).toThrow(LookalikeError);
});
