import fc from 'fast-check';
import { GREY_COPY_SIDE, type GreyCopy, type Region } from '#core';
import { seededRandom } from '#testkit';
import { bordered, copyOf, part, rotated, type Scene, sceneOf } from '../../test/scene.js';
import { NO_ALIGNMENT, SecondLook } from './second-look.js';
import type { Turn } from './turns.js';

const SEEDS = [1, 2];
const COPY = 0.25;
const STRANGER = 0.15;

const align = (query: GreyCopy, candidate: GreyCopy) => new SecondLook(query).align(candidate);

/** Where the turned scene has what is seen at a point. */
const TURNED: Readonly<Record<Turn, (scene: Scene) => Scene>> = {
  none: (scene) => scene,
  'rotate-90': (scene) => (x, y) => scene(y, 1 - x),
  'rotate-180': (scene) => (x, y) => scene(1 - x, 1 - y),
  'rotate-270': (scene) => (x, y) => scene(1 - y, x),
  flop: (scene) => (x, y) => scene(1 - x, y),
  flip: (scene) => (x, y) => scene(x, 1 - y),
  transpose: (scene) => (x, y) => scene(y, x),
  transverse: (scene) => (x, y) => scene(1 - y, 1 - x),
};

const LYING: readonly Turn[] = ['none', 'rotate-180', 'flop', 'flip'];

describe('a second look at a copy', () => {
  test.each(Object.keys(TURNED) as Turn[])('finds the turn %s', (turn) => {
    for (const seed of SEEDS) {
      const candidate = copyOf(TURNED[turn](sceneOf(seed)), LYING.includes(turn) ? 4 / 3 : 3 / 4);
      const alignment = align(copyOf(sceneOf(seed)), candidate);
      expect(alignment).toMatchObject({ turn, scale: expect.closeTo(1, 1), overlap: expect.closeTo(1, 1) });
      expect(alignment.score).toBeGreaterThan(0.6);
    }
  });

  test.each([
    ['the middle half', 0.25, 0.25, 0.5],
    ['a 60 % corner', 0, 0.4, 0.6],
    ['80 %', 0.15, 0.05, 0.8],
  ])('finds a crop to %s, whichever of the two asks', (_, left, top, side) => {
    for (const seed of SEEDS) {
      const [whole, crop] = [copyOf(sceneOf(seed)), copyOf(part(sceneOf(seed), left, top, side))];
      const [there, back] = [align(crop, whole), align(whole, crop)];
      expect(there.score).toBeGreaterThan(COPY);
      expect(back.score).toBeGreaterThan(COPY);
      expect(Math.abs(there.scale - side)).toBeLessThan(0.03);
      expect(Math.abs(back.scale * side - 1)).toBeLessThan(0.05);
    }
  });

  test.each([2, 5, 7])(
    'says that a crop lies wholly inside, also where the whole was laid on it (scene %d)',
    (seed) => {
      const [whole, crop] = [copyOf(sceneOf(seed)), copyOf(part(sceneOf(seed), 0.1, 0.1, 0.8))];
      expect(align(crop, whole).overlap).toBeCloseTo(1, 1);
      expect(align(whole, crop).overlap).toBeCloseTo(1, 1);
    },
  );

  test('finds a crop that is turned and mirrored', () => {
    const crop = copyOf(TURNED.transpose(part(sceneOf(5), 0.3, 0.1, 0.7)), 3 / 4);
    expect(align(copyOf(sceneOf(5)), crop)).toMatchObject({ turn: 'transpose', overlap: expect.closeTo(1, 1) });
    expect(align(copyOf(sceneOf(5)), crop).score).toBeGreaterThan(COPY);
  });

  const grain = seededRandom(7);
  const edits: readonly (readonly [string, (scene: Scene) => Scene])[] = [
    ['paler', (scene) => (x, y) => 80 + scene(x, y) * 0.6],
    ['light from one side', (scene) => (x, y) => scene(x, y) * (0.5 + x / 2)],
    ['grain', (scene) => (x, y) => scene(x, y) + 60 * (grain() - 0.5)],
    ['a covered strip', (scene) => (x, y) => (y > 0.7 && y < 0.9 ? 40 : scene(x, y))],
    ['a white border', (scene) => bordered(scene, 0.08, 255)],
    ['a black border around a crop', (scene) => bordered(part(scene, 0, 0.1, 0.8), 0.08, 0)],
    ['a rotation by 3°', (scene) => rotated(scene, 3)],
  ];

  test.each(edits)('sees through %s', (_, edit) => {
    for (const seed of SEEDS) {
      const alignment = align(copyOf(edit(sceneOf(seed))), copyOf(sceneOf(seed)));
      expect(alignment.turn).toBe('none');
      expect(alignment.score).toBeGreaterThan(COPY);
    }
  });

  test('sees through other proportions', () => {
    expect(align(copyOf(sceneOf(6), 1.5), copyOf(sceneOf(6))).score).toBeGreaterThan(COPY);
  });

  test('gives the same answer whatever it was laid over before', () => {
    const [query, candidate] = [copyOf(part(sceneOf(1), 0.2, 0.2, 0.6)), copyOf(sceneOf(1))];
    const look = new SecondLook(query);
    const first = look.align(candidate);
    look.align(copyOf(sceneOf(2), 0.5));
    look.align(copyOf(sceneOf(3), 2));
    expect(look.align(candidate)).toEqual(first);
    expect(first).toEqual(align(query, candidate));
  });
});

describe('a second look at a stranger', () => {
  test('gives a low score to another scene', () => {
    const copies = Array.from({ length: 8 }, (_, seed) => copyOf(sceneOf(100 + seed)));
    const scores = copies.flatMap((a) => copies.filter((b) => b !== a).map((b) => align(a, b).score));
    expect(Math.max(...scores)).toBeLessThan(STRANGER);
  });

  test('takes a common border for nothing', () => {
    const [a, b] = [8, 9].map((seed) => copyOf(bordered(sceneOf(seed), 0.1, 255)));
    expect(align(a as GreyCopy, b as GreyCopy).score).toBeLessThan(STRANGER);
  });

  test('takes plain pictures for nothing, alike as they are', () => {
    const plain = copyOf(() => 90);
    expect(align(plain, plain)).toEqual(NO_ALIGNMENT);
    expect(align(copyOf(sceneOf(1)), plain)).toEqual(NO_ALIGNMENT);
    expect(align(plain, copyOf(sceneOf(1)))).toEqual(NO_ALIGNMENT);
  });

  test('takes two skies for little: a gradient shows nearly nothing', () => {
    const sky = copyOf((_, y) => 120 + 60 * y);
    expect(align(sky, sky).score).toBeLessThan(STRANGER);
    expect(
      align(
        sky,
        copyOf((x, y) => 100 + 70 * y + 10 * x),
      ).score,
    ).toBeLessThan(STRANGER);
  });
});

const WHOLE: Region = { left: 0, top: 0, width: 1, height: 1 };
/** Ends of rectangles are compared: each may be off by so much of a side. */
const PLACE_ERROR = 0.05;

const endsOf = ({ left, top, width, height }: Region) => [left, top, left + width, top + height];

function expectPart(found: Region | undefined, expected: Region): void {
  const ends = endsOf(expected);
  for (const [at, end] of endsOf(found ?? NOWHERE).entries()) {
    expect(Math.abs(end - (ends[at] ?? 0))).toBeLessThan(PLACE_ERROR);
  }
}

const NOWHERE: Region = { left: -1, top: -1, width: 0, height: 0 };

/** Turned and cropped: the share of a side that is kept, and where it lies in what is left. */
const anyCrop = fc.record({
  seed: fc.integer({ min: 1, max: 30 }),
  turn: fc.constantFrom(...(Object.keys(TURNED) as Turn[])),
  side: fc.double({ min: 0.5, max: 1, noNaN: true }),
  across: fc.double({ min: 0, max: 1, noNaN: true }),
  down: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('what two pictures have in common is where a turned crop was taken, whichever of the two asks', () => {
  fc.assert(
    fc.property(anyCrop, ({ seed, turn, side, across, down }) => {
      const taken = { left: across * (1 - side), top: down * (1 - side), width: side, height: side };
      const cropped = TURNED[turn](part(sceneOf(seed), taken.left, taken.top, side));
      const crop = copyOf(cropped, LYING.includes(turn) ? 4 / 3 : 3 / 4);
      const whole = copyOf(sceneOf(seed));
      const [there, back] = [align(crop, whole), align(whole, crop)];
      expectPart(there.common?.query, WHOLE);
      expectPart(there.common?.candidate, taken);
      expectPart(back.common?.query, taken);
      expectPart(back.common?.candidate, WHOLE);
      // The smaller of the two lies in the other, whichever was laid on which.
      for (const { overlap } of [there, back]) expect(overlap).toBeGreaterThan(0.88);
    }),
    { numRuns: 40 },
  );
});

describe('what two pictures have in common', () => {
  test('is a part of each where they were cropped at opposite sides', () => {
    const [left, right] = [part(sceneOf(2), 0, 0.1, 0.9), part(sceneOf(2), 0.1, 0.1, 0.9)].map((it) => copyOf(it));
    const { common } = align(left as GreyCopy, right as GreyCopy);
    const share = 0.8 / 0.9;
    expectPart(common?.query, { left: 1 - share, top: 0, width: share, height: 1 });
    expectPart(common?.candidate, { left: 0, top: 0, width: share, height: 1 });
  });

  test('lies inside of a border, which is no part of it', () => {
    const { common } = align(copyOf(TURNED['rotate-90'](bordered(sceneOf(3), 0.1, 255)), 3 / 4), copyOf(sceneOf(3)));
    expectPart(common?.query, { left: 0.1, top: 0.1, width: 0.8, height: 0.8 });
    expectPart(common?.candidate, WHOLE);
  });
});

const sides = fc.integer({ min: 1, max: GREY_COPY_SIDE });
const anyCopy = fc
  .tuple(sides, sides, fc.integer(), fc.constantFrom(0, 3, 40, 255))
  .map(([width, height, seed, range]): GreyCopy => {
    const random = seededRandom(seed);
    return { width, height, pixels: Uint8Array.from({ length: width * height }, () => random() * range) };
  });

test('any two copies, however small or long, have an answer within its ranges', () => {
  fc.assert(
    fc.property(anyCopy, anyCopy, (query, candidate) => {
      const { score, scale, overlap, common } = align(query, candidate);
      for (const end of [common?.query, common?.candidate].flatMap((it) => (it ? endsOf(it) : []))) {
        expect(Math.abs(end - 0.5)).toBeLessThanOrEqual(0.5 + 1e-9);
      }
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThan(1);
      expect(overlap).toBeGreaterThanOrEqual(0);
      expect(overlap).toBeLessThanOrEqual(1);
      expect(scale).toBeGreaterThan(0);
      expect(scale).toBeLessThan(Number.POSITIVE_INFINITY);
    }),
    { numRuns: 100 },
  );
});
