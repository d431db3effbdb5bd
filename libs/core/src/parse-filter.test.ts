import { FILTER_LIMITS, type Filter, parseFilter } from '#core';

const album: Filter = { attribute: 'album', equals: 'pets' };

test.each<Filter>([
  album,
  { all: [] },
  { all: [album, { any: [{ not: album }] }] },
  { attribute: 'year', in: [1, 2] },
  { attribute: 'year', range: { gte: 2000, lt: 2010 } },
  { attribute: 'album', prefix: 'p' },
  { attribute: 'album', exists: false },
  { field: 'width', range: { gte: 640 } },
])('%j is a filter', (filter) => {
  expect(parseFilter(filter)).toEqual(filter);
});

test.each([
  null,
  [],
  'album',
  {},
  { album: 'pets' },
  { equals: 'pets' },
  { attribute: 'album' },
  { attribute: 7, equals: 1 },
  { field: 7, equals: 1 },
  { field: 'width' },
  { field: 'width', attribute: 'width', equals: 1 },
  { attribute: 'album', equals: 'pets', prefix: 'p' },
  { ...album, all: [] },
  { all: [], any: [] },
  { all: album },
  { not: null },
  { any: [{}] },
  { attribute: 'year', range: 7 },
  { attribute: 'year', range: { from: 7 } },
])('%j is no filter', (value) => {
  expect(() => parseFilter(value)).toThrow(expect.objectContaining({ code: 'invalid-filter' }));
});

test('a filter may be as deep as the limit and no deeper', () => {
  const nested = (depth: number): unknown => (depth === 1 ? album : { not: nested(depth - 1) });
  expect(parseFilter(nested(FILTER_LIMITS.depth))).toEqual(nested(FILTER_LIMITS.depth));
  expect(() => parseFilter(nested(FILTER_LIMITS.depth + 1))).toThrow(/at most 8 deep/);
});
