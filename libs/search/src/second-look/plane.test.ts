import fc from 'fast-check';
import { type Plane, resized, sizeWithin } from './plane.js';
import { frameOf, trimmed } from './trimmed.js';

const plane = (width: number, ...values: number[]): Plane => ({
  width,
  height: values.length / width,
  values: Float64Array.from(values),
});

const anyPlane = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height })
      .map((values) => plane(width, ...values)),
  );

describe('a plane', () => {
  test('that is made smaller has the means of the areas', () => {
    expect(resized(plane(4, 1, 3, 5, 7, 1, 3, 5, 7), { width: 2, height: 1 })).toEqual(plane(2, 2, 6));
    expect([...resized(plane(3, 0, 30, 60), { width: 2, height: 1 }).values]).toEqual([
      expect.closeTo(10),
      expect.closeTo(50),
    ]);
  });

  test('keeps its mean in every size', () => {
    const mean = ({ values }: Plane) => values.reduce((sum, value) => sum + value, 0) / values.length;
    fc.assert(
      fc.property(anyPlane, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (it, width, height) => {
        expect(mean(resized(it, { width, height }))).toBeCloseTo(mean(it), 6);
      }),
    );
  });

  test('is not enlarged, and keeps its proportions as far as pixels allow', () => {
    expect(sizeWithin({ width: 48, height: 36 }, 192)).toEqual({ width: 16, height: 12 });
    expect(sizeWithin({ width: 5, height: 4 }, 192)).toEqual({ width: 5, height: 4 });
    expect(sizeWithin({ width: 48, height: 1 }, 12)).toEqual({ width: 24, height: 1 });
  });

  test('loses its plain edges and nothing between', () => {
    const framed = plane(5, 9, 9, 9, 9, 9, 9, 50, 9, 80, 9, 9, 20, 9, 99, 9, 9, 9, 9, 9, 9);
    expect(trimmed(framed, frameOf(framed))).toEqual(plane(3, 50, 9, 80, 20, 9, 99));
    expect(frameOf(plane(2, 9, 9, 9, 9))).toMatchObject({ width: 0, height: 0 });
  });
});
