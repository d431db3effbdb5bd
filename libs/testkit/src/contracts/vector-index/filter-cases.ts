import { FILTER_LIMITS, type Filter, type VectorIndex } from '#core';
import { matching } from './queries.js';
import { failed, ready, seededVector } from './vector-records.js';

export function filterCases(index: () => VectorIndex): void {
  beforeEach(async () => {
    const rows = {
      r1: {
        title: 'Harbour at dawn',
        Title: 'other',
        'shot.year': 1999,
        colour: true,
        tags: ['sea', 'boat'],
        taken: '1999-05-01',
      },
      r2: {
        title: 'harbour',
        'shot.year': 2005.5,
        colour: false,
        tags: ['sea,boat', ''],
        taken: '2005-07-01T12:00:00.5+02:00',
      },
      r3: { title: 'Har%our', 'shot.year': -3, tags: [], width: 'wide', taken: '1969-12-31T23:59:59Z' },
      r4: { title: '', 'shot.year': 0, colour: true, tags: ['boathouse', '"', ',"x'] },
      r5: {},
      r6: { title: 7, 'shot.year': '1999', colour: 'true', tags: 'sea', taken: 'last year', width: 645 },
    };
    const records = Object.entries(rows).map(([id, it], at) => ready(id, at + 1, { seed: at, attributes: it }));
    await index().apply('one', [...records, failed('f', 1, rows.r1)]);
  });

  test.each<[Filter, string]>([
    [{ attribute: 'title', equals: 'harbour' }, 'r2'],
    [{ attribute: 'title', equals: '' }, 'r4'],
    [{ attribute: 'Title', equals: 'other' }, 'r1'],
    [{ attribute: 'shot.year', equals: 2005.5 }, 'r2'],
    [{ attribute: 'shot.year', equals: -0 }, 'r4'],
    [{ attribute: 'colour', equals: true }, 'r1 r4'],
    [{ attribute: 'colour', equals: false }, 'r2'],
    [{ attribute: 'tags', equals: 'sea' }, 'r1'],
    [{ attribute: 'tags', equals: '' }, 'r2'],
    [{ attribute: 'title', in: ['harbour', 'Har%our', 'nothing'] }, 'r2 r3'],
    [{ attribute: 'shot.year', in: [0, 1999] }, 'r1 r4'],
    [{ attribute: 'tags', in: ['boat', 'sea,boat'] }, 'r1 r2'],
    [{ attribute: 'title', in: [] }, ''],
    [{ attribute: 'shot.year', range: { gte: 0, lt: 1999 } }, 'r4'],
    [{ attribute: 'shot.year', range: { gt: 0, lte: 1999 } }, 'r1'],
    [{ attribute: 'shot.year', range: { lt: 1e-7 } }, 'r3 r4'],
    [{ attribute: 'shot.year', range: { gt: -1e21, lt: 1e300 } }, 'r1 r2 r3 r4'],
    [{ attribute: 'title', prefix: 'Har' }, 'r1 r3'],
    [{ attribute: 'title', prefix: 'Har%' }, 'r3'],
    [{ attribute: 'title', prefix: 'Har_' }, ''],
    [{ attribute: 'title', prefix: 'Harbour at' }, 'r1'],
    [{ attribute: 'title', prefix: 'Harbour at dusk' }, ''],
    [{ attribute: 'title', prefix: 'our at dawn' }, ''],
    [{ attribute: 'tags', prefix: 'boathouse' }, 'r4'],
    [{ attribute: 'title', prefix: '' }, 'r1 r2 r3 r4'],
    [{ attribute: 'tags', prefix: 'boat' }, 'r1 r4'],
    [{ attribute: 'tags', prefix: ',' }, 'r4'],
    [{ attribute: 'tags', prefix: '"' }, 'r4'],
    [{ attribute: 'tags', prefix: '' }, 'r1 r2 r4'],
    [{ attribute: 'title', exists: true }, 'r1 r2 r3 r4'],
    [{ attribute: 'tags', exists: true }, 'r1 r2 r3 r4'],
    [{ attribute: 'colour', exists: false }, 'r3 r5 r6'],
    [{ not: { attribute: 'colour', equals: true } }, 'r2 r3 r5 r6'],
    [{ not: { attribute: 'shot.year', range: { gt: 0 } } }, 'r3 r4 r5 r6'],
    [{ not: { attribute: 'tags', in: ['sea', 'boathouse'] } }, 'r2 r3 r5 r6'],
    [{ not: { not: { attribute: 'title', prefix: 'Har' } } }, 'r1 r3'],
    [{ not: { attribute: 'title', exists: true } }, 'r5 r6'],
    [{ attribute: 'taken', exists: true }, 'r1 r2 r3'],
    [{ attribute: 'taken', equals: '1999-04-30T22:30:00-01:30' }, 'r1'],
    [{ attribute: 'taken', in: ['2005-07-01T10:00:00.500Z', '1999-05-01'] }, 'r1 r2'],
    [{ attribute: 'taken', range: { gte: '1999-05-01', lt: '2005-07-01T10:00:00.500Z' } }, 'r1'],
    [{ attribute: 'taken', range: { lt: '1970-01-01' } }, 'r3'],
    [{ not: { attribute: 'taken', range: { gt: '2000-01-01' } } }, 'r1 r3 r4 r5 r6'],
    [{ attribute: 'width', exists: true }, 'r3'],
    [{ field: 'width', range: { gte: 642, lt: 645 } }, 'r2 r3 r4'],
    [{ field: 'height', equals: 480 }, 'r1 r2 r3 r4 r5 r6'],
    [{ field: 'sizeBytes', in: [12_344, 12_345] }, 'r1 r2 r3 r4 r5 r6'],
    [{ field: 'mediaType', prefix: 'image/' }, 'r1 r2 r3 r4 r5 r6'],
    [{ not: { field: 'mediaType', equals: 'image/jpeg' } }, ''],
    [{ field: 'eventTime', range: { gt: '2023-11-14T22:13:20.005Z' } }, 'r6'],
    [{ field: 'eventTime', exists: false }, ''],
    [
      {
        all: [
          { attribute: 'title', prefix: 'Har' },
          { attribute: 'colour', equals: true },
        ],
      },
      'r1',
    ],
    [
      {
        any: [
          { attribute: 'title', equals: '' },
          { attribute: 'tags', equals: 'sea' },
        ],
      },
      'r1 r4',
    ],
    [{ all: [{ not: { attribute: 'colour', exists: true } }, { any: [{ attribute: 'title', exists: true }] }] }, 'r3'],
    [{ all: [] }, 'r1 r2 r3 r4 r5 r6'],
    [{ any: [] }, ''],
    [{ not: { any: [] } }, 'r1 r2 r3 r4 r5 r6'],
  ])('%j matches "%s"', async (filter, wanted) => {
    expect((await matching(index(), filter)).join(' ')).toBe(wanted);
  });

  test('hold in every stage', async () => {
    const stages = [
      { vector: 'fc', query: seededVector(1), limit: 10 },
      { vector: 'fine', query: seededVector(1, 8), limit: 10 },
    ] as const;
    const filter: Filter = { attribute: 'colour', equals: true };
    const { hits } = await index().search({ generation: 'one', stages, filter });
    expect(hits.map((it) => it.imageId as string).sort()).toEqual(['r1', 'r4']);
  });

  test('find few among many, also over a graph', async () => {
    const many = Array.from({ length: 1_500 }, (_, at) =>
      ready(`m${at}`, 1, { seed: at, attributes: { 'shot.year': at } }),
    );
    await index().apply('one', many);
    await index().settle('one');
    const filter: Filter = { attribute: 'shot.year', range: { gte: 700, lt: 710 } };
    expect(await matching(index(), filter)).toEqual(Array.from({ length: 10 }, (_, at) => `m${700 + at}`));
  });

  const nested = (depth: number): Filter =>
    depth === 1 ? { attribute: 'title', exists: true } : { not: { not: nested(depth - 2) } };
  const leaf: Filter = { attribute: 'title', equals: 'x' };
  const values = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`);
  test('are taken up to their limits', async () => {
    expect(await matching(index(), nested(FILTER_LIMITS.depth - 1))).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(await matching(index(), { any: Array(FILTER_LIMITS.conditions).fill(leaf) })).toEqual([]);
    expect(await matching(index(), { attribute: 'tags', in: values(FILTER_LIMITS.inValues) })).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an undeclared attribute', { attribute: 'unknown', equals: 'x' }],
    ['an attribute of every object', { attribute: 'constructor', exists: true }],
    ['a number for a string', { attribute: 'title', equals: 7 }],
    ['a string for a number', { attribute: 'shot.year', equals: '1999' }],
    ['a string for a boolean', { attribute: 'colour', equals: 'true' }],
    ['a list of booleans', { attribute: 'colour', in: [true] }],
    ['a mixed list', { attribute: 'title', in: ['a', 1] }],
    ['NaN', { attribute: 'shot.year', equals: Number.NaN }],
    ['an infinite bound', { attribute: 'shot.year', range: { lt: Number.POSITIVE_INFINITY } }],
    ['a range of strings', { attribute: 'title', range: { gt: 1 } }],
    ['a range without bounds', { attribute: 'shot.year', range: {} }],
    ['a number for a date', { attribute: 'taken', equals: 925_516_800_000 }],
    ['no date', { attribute: 'taken', range: { gt: '1999' } }],
    ['a day that is not there', { attribute: 'taken', range: { gt: '2001-02-29' } }],
    ['a prefix of a date', { attribute: 'taken', prefix: '1999' }],
    ['an undeclared field', { field: 'depth', exists: true }],
    ['a field as an attribute', { attribute: '$height', exists: true }],
    ['a text for a number of a field', { field: 'height', equals: '480' }],
    ['a prefix of a number', { attribute: 'shot.year', prefix: '19' }],
    ['half a character', { attribute: 'title', prefix: '\ud83d' }],
    ['no condition', { attribute: 'title' }],
    ['a wrong one deep inside', { all: [{ not: { any: [{ attribute: 'nope', exists: true }] } }] }],
    ['too much depth', nested(FILTER_LIMITS.depth + 1)],
    ['too many conditions', { any: Array(FILTER_LIMITS.conditions + 1).fill(leaf) }],
    ['too many values', { attribute: 'title', in: values(FILTER_LIMITS.inValues + 1) }],
  ])('with %s are refused', async (_, filter) => {
    await expect(matching(index(), filter as Filter)).rejects.toMatchObject({ code: 'invalid-filter' });
  });
}
