import { hammingDistance, PLAIN_HASH } from '#core';
import { plainPixels, testPixels } from '#testkit';
import { sharp } from './image-library.js';
import { perceptualHash } from './perceptual-hash.js';

type Picture = ReturnType<typeof testPixels>;

async function hashOf(picture: Picture): Promise<string> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return perceptualHash(data, info);
}

describe('the perceptual hash', () => {
  test.each([1, 2, 3, 4, 5])('of picture %d hardly changes with size and quality', async (seed) => {
    const original = await hashOf(testPixels({ seed, width: 400, height: 300 }));
    expect(original).toMatch(/^[0-9a-f]{16}$/);
    const worse = sharp(await testPixels({ seed, width: 400, height: 300 }).jpeg({ quality: 30 }).toBuffer());
    expect(hammingDistance(original, await hashOf(worse))).toBeLessThanOrEqual(6);
    for (const [width, height] of [
      [100, 75],
      [1200, 900],
      [20, 15],
    ] as const) {
      expect(hammingDistance(original, await hashOf(testPixels({ seed, width, height })))).toBeLessThanOrEqual(6);
    }
  });

  test('of different pictures is far apart', async () => {
    const hashes = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => hashOf(testPixels({ seed }))));
    const distances = hashes.flatMap((a, i) => hashes.slice(i + 1).map((b) => hammingDistance(a, b)));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(12);
  });

  test('does not see brightness', async () => {
    const darker = await hashOf(testPixels({ seed: 3 }).linear(0.8, 0));
    expect(hammingDistance(await hashOf(testPixels({ seed: 3 })), darker)).toBeLessThanOrEqual(4);
  });

  test('of plain pictures is one and the same', async () => {
    expect(await hashOf(plainPixels({ width: 1, height: 1 }))).toBe(PLAIN_HASH);
    expect(await hashOf(sharp(await plainPixels({ width: 300, height: 200 }).webp().toBuffer()))).toBe(PLAIN_HASH);
  });
});

test('hamming distance counts the bits that differ', () => {
  expect(hammingDistance('0000000000000000', 'ffffffffffffffff')).toBe(64);
  expect(hammingDistance('00000000000000ff', '0000000000000f0f')).toBe(8);
  expect(hammingDistance('0123456789abcdef', '0123456789abcdef')).toBe(0);
});
