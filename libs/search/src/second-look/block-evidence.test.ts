import { seededRandom } from '#testkit';
import { greyLevels } from '../../test/scene.js';
import { judge } from './block-evidence.js';
import type { PlaneSize } from './plane.js';
import { emptySample, type Sample } from './warp.js';

/** Grey level at a point, in pixels. */
type Grey = (x: number, y: number) => number;

const SIZE: PlaneSize = { width: 24, height: 24 };

function planeOf(grey: Grey, { width, height } = SIZE): Float64Array {
  return greyLevels((x, y) => grey(x * width, y * height), width, height);
}

/** Behind it, where a larger picture was sampled before, stands anything. */
function sampleOf(grey: Grey, size = SIZE): Sample {
  const sample = emptySample(2 * size.width * size.height);
  sample.values.fill(177).set(planeOf(grey, size));
  sample.inside.fill(1);
  return sample;
}

const edge = (degrees: number): Grey => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x, y) => (cos * (x - 12.3) + sin * (y - 11.6) < 0 ? 60 : 200);
};
const texture = (seed: number): Grey => {
  const random = seededRandom(seed);
  const cells = Float64Array.from({ length: 144 }, () => random() * 255);
  return (x, y) => cells[Math.floor(y / 2) * 12 + Math.floor(x / 2)] as number;
};
const plain: Grey = () => 120;
/** A texture in the left quarter, another picture in the rest. */
const beside = (logo: Grey, rest: Grey): Grey => {
  return (x, y) => (x < 6 ? logo(x, y) : rest(x, y));
};

const judged = (a: Grey, b: Grey, size = SIZE) => judge(planeOf(a, size), sampleOf(b, size), size);
const OF_TEXTURE = judged(texture(1), texture(1));

test('a texture that agrees gives what is possible, and another one takes as much as its doubt', () => {
  expect(OF_TEXTURE.possible).toBeGreaterThan(500);
  expect(OF_TEXTURE.found).toBeCloseTo(OF_TEXTURE.possible, 6);
  expect(judged(texture(1), texture(2)).found).toBeLessThan(0);
});

test.each([0, 10, 20, 30, 45, 60, 70, 80, 90])(
  'a straight edge at %d° agrees with itself and says nearly nothing',
  (degrees) => {
    const { found, possible } = judged(edge(degrees), edge(degrees));
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThan(0.03 * OF_TEXTURE.found);
    expect(possible).toBeLessThan(0.03 * OF_TEXTURE.possible);
  },
);

test('a crossing of two edges says something', () => {
  const crossing: Grey = (x, y) => (x < 12.3 === y < 11.6 ? 60 : 200);
  expect(judged(crossing, crossing).found).toBeGreaterThan(4 * judged(edge(30), edge(30)).found);
});

test('an edge in one picture proves no texture in the other, whichever is laid on which', () => {
  for (const [a, b] of [
    [edge(20), texture(1)],
    [texture(1), edge(20)],
  ] as const) {
    const { found, possible } = judged(a, b);
    expect(found).toBeLessThan(0);
    expect(possible).toBeGreaterThan(0.3 * OF_TEXTURE.possible);
  }
});

test('what is the same beside a plain ground is weighed against what only one of the two shows', () => {
  const same = judged(beside(texture(1), plain), beside(texture(1), plain));
  const onlyOne = judged(beside(texture(1), plain), beside(texture(1), texture(2)));
  expect(onlyOne.found).toBeLessThan(0.8 * same.found);
  expect(onlyOne.possible).toBeGreaterThan(1.5 * same.possible);
});

test('noise on a plain ground says nothing', () => {
  const random = seededRandom(3);
  const noise: Grey = () => 250 + 2 * random();
  expect(judged(noise, plain).possible).toBeLessThan(0.01 * OF_TEXTURE.possible);
});

test('what lies outside counts for nothing', () => {
  const size = { width: 24, height: 12 };
  const sample = sampleOf(texture(1));
  sample.inside.fill(0, 24 * 12, 24 * 24);
  sample.values.fill(0, 24 * 12, 24 * 24);
  const { found, possible } = judge(planeOf(texture(1)), sample, SIZE);
  expect(found).toBeCloseTo(judged(texture(1), texture(1), size).found, 6);
  expect(possible).toBeCloseTo(judged(texture(1), texture(1), size).possible, 6);
});

test.each([
  [1, 24],
  [24, 1],
  [2, 3],
])('a template of %d × %d pixels has finite evidence', (width, height) => {
  const { found, possible } = judged(texture(1), texture(1), { width, height });
  expect([found, possible].every(Number.isFinite)).toBe(true);
});
