import { checkRegion, regionPixels } from '#core';

test.each([
  { left: 0, top: 0, width: 1, height: 1 },
  { left: 0.7, top: 0.1, width: 0.3, height: 0.2 },
  { left: 0.9, top: 0, width: 0.1, height: 1 },
])('%j is inside of a picture', (region) => {
  expect(() => checkRegion(region)).not.toThrow();
});

test.each([
  { left: -0.1, top: 0, width: 0.5, height: 0.5 },
  { left: 0, top: 0, width: 0, height: 1 },
  { left: 0, top: 0, width: 1, height: -1 },
  { left: 0.6, top: 0, width: 0.5, height: 1 },
  { left: 0, top: 2, width: 1, height: 1 },
  { left: Number.NaN, top: 0, width: 1, height: 1 },
  { left: 0, top: 0, width: Number.POSITIVE_INFINITY, height: 1 },
])('%j is not', (region) => {
  expect(() => checkRegion(region, 'positives.0.region')).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      facts: expect.objectContaining({ field: 'positives.0.region' }),
    }),
  );
});

test('a region is cut to whole pixels within the picture', () => {
  const picture = { width: 99, height: 50 };
  expect(regionPixels({ left: 0, top: 0, width: 1, height: 1 }, picture)).toEqual({ left: 0, top: 0, ...picture });
  expect(regionPixels({ left: 0.5, top: 0.2, width: 0.5 + 1e-9, height: 0.4 }, picture)).toEqual({
    left: 50,
    top: 10,
    width: 49,
    height: 20,
  });
});

test('a region of a few pixels is refused', () => {
  const few = { left: 0.2, top: 0.2, width: 0.15, height: 0.5 };
  expect(() => regionPixels(few, { width: 100, height: 100 })).toThrow(
    expect.objectContaining({ code: 'region-too-small', facts: { least: 16, width: 15, height: 50 } }),
  );
});
