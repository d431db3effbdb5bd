import { seededRandom } from '#testkit';
import { bordered, copyOf, type Scene, sceneOf } from '../../test/scene.js';
import { SecondLook } from '../second-look/index.js';
import { isSeenInPictures } from './evidence.js';

const GRAIN = 20;

/** What a camera adds to it. */
const grained = (scene: Scene, seed: number): Scene => {
  const random = seededRandom(seed);
  return (x, y) => scene(x, y) + GRAIN * (random() - 0.5);
};
const horizon = (at: number, slant: number): Scene => {
  return (x, y) => (y < at + slant * x ? 200 : 60);
};
const plate = (radius: number): Scene => {
  return (x, y) => (Math.hypot(x - 0.2, y - 1.2) < radius ? 220 : 60);
};

describe('by their alignment alone', () => {
  /** However near their vectors are. */
  const isSeen = (a: Scene, b: Scene) => {
    const { score } = new SecondLook(copyOf(grained(a, 1))).align(copyOf(grained(b, 2)));
    return isSeenInPictures({ cosine: 1, hashBits: null, alignment: score });
  };

  test.each<[string, Scene, Scene]>([
    ['skies', (_, y) => 80 + 120 * y, (x, y) => 70 + 130 * y + 20 * x],
    ...[0, 0.1, 0.3, 0.6, 1].map((slant): [string, Scene, Scene] => [
      `edges with a slope of ${slant}`,
      horizon(0.3, slant),
      horizon(0.45, slant),
    ]),
    ['plates', plate(0.7), plate(0.85)],
  ])('two %s are not seen to be the same', (_, a, b) => {
    expect(isSeen(a, b)).toBe(false);
  });

  test('a scene is, and so is one with a border', () => {
    expect(isSeen(sceneOf(1), sceneOf(1))).toBe(true);
    expect(isSeen(sceneOf(1), bordered(sceneOf(1), 0.1, 255))).toBe(true);
    expect(isSeen(sceneOf(1), sceneOf(2))).toBe(false);
  });
});

test('near hashes are seen, and where nothing is known nothing is', () => {
  expect(isSeenInPictures({ cosine: 1, hashBits: 8, alignment: null })).toBe(true);
  expect(isSeenInPictures({ cosine: 1, hashBits: 9, alignment: null })).toBe(false);
  expect(isSeenInPictures({ cosine: 1, hashBits: null, alignment: null })).toBe(false);
});
