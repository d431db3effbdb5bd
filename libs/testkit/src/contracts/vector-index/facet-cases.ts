import { FACET_LIMITS, type FacetSubject, type FacetsRequest, type VectorIndex } from '#core';
import { plain } from './queries.js';
import { deleted, failed, ready } from './vector-records.js';

export function facetCases(index: () => VectorIndex): void {
  beforeEach(async () => {
    const rows = [
      { title: 'b', 'shot.year': 1999, colour: true, tags: ['sea', 'boat', 'sea'], taken: '1999-05-01', width: 'wide' },
      { title: 'a', 'shot.year': -3.5, colour: false, tags: ['"', ','], taken: '1969-12-31T23:59:59Z' },
      { title: 'b', 'shot.year': 0, colour: true, tags: ['', 'sea'] },
      { title: '', tags: [] },
      { title: '\uffff' },
      { title: '\u{1f600}' },
      { title: 7, 'shot.year': '2000', colour: 'true', tags: 'sea', taken: 'last year' },
    ];
    const records = rows.map((attributes, at) => ready(`r${at}`, at + 1, { attributes }));
    const others = [failed('f', 1, rows[0]), ready('d', 1, { attributes: rows[0] ?? {} }), deleted('d', 2)];
    await index().apply('one', [...records, ...others]);
  });

  const facets = (of: readonly FacetSubject[], more: Partial<FacetsRequest> = {}) =>
    index().facets({ generation: 'one', of, limit: 10, ...more });
  const values = (...counts: readonly (readonly [value: string | boolean, images: number])[]) =>
    counts.map(([value, images]) => ({ value, images }));

  test.each([
    [
      { attribute: 'title' },
      'string',
      { images: 6, hasMore: false, values: values(['b', 2], ['', 1], ['a', 1], ['\uffff', 1], ['\u{1f600}', 1]) },
    ],
    [
      { attribute: 'tags' },
      'strings',
      { images: 4, hasMore: false, values: values(['sea', 2], ['', 1], ['"', 1], [',', 1], ['boat', 1]) },
    ],
    [{ attribute: 'colour' }, 'boolean', { images: 3, hasMore: false, values: values([true, 2], [false, 1]) }],
    [{ attribute: 'Title' }, 'string', { images: 0, hasMore: false, values: [] }],
    [{ attribute: 'width' }, 'string', { images: 1, hasMore: false, values: values(['wide', 1]) }],
    [{ field: 'mediaType' }, 'string', { images: 7, hasMore: false, values: values(['image/jpeg', 7]) }],
    [{ attribute: 'shot.year' }, 'number', { images: 3, range: { min: -3.5, max: 1999 } }],
    [{ attribute: 'taken' }, 'date', { images: 2, range: { min: -1000, max: Date.UTC(1999, 4, 1) } }],
    [{ field: 'width' }, 'number', { images: 7, range: { min: 641, max: 647 } }],
    [{ field: 'eventTime' }, 'date', { images: 7, range: { min: 1_700_000_000_001, max: 1_700_000_000_007 } }],
  ] as const)('of %j count ready images, each value once an image', async (subject, type, counts) => {
    const answer = await facets([subject]);
    expect(plain(answer)).toEqual({ generation: 'one', images: 7, facets: [{ ...subject, type, ...counts }] });
  });

  test('of several come in their order, and hold for what the filter holds for', async () => {
    const of = [{ attribute: 'tags' }, { field: 'width' }, { attribute: 'title' }] as const;
    const answer = await facets(of, { filter: { attribute: 'shot.year', range: { gte: 0 } } });
    expect(plain(answer)).toMatchObject({
      images: 2,
      facets: [
        { attribute: 'tags', images: 2, values: values(['sea', 2], ['', 1], ['boat', 1]) },
        { field: 'width', images: 2, range: { min: 641, max: 643 } },
        { attribute: 'title', images: 2, values: values(['b', 2]) },
      ],
    });
    const none = await facets(of, { filter: { any: [] } });
    expect(plain(none)).toMatchObject({
      images: 0,
      facets: [
        { images: 0, values: [] },
        { images: 0, range: null },
        { images: 0, values: [] },
      ],
    });
    expect(plain(await facets([]))).toEqual({ generation: 'one', images: 7, facets: [] });
  });

  test('end after the commonest, ties by value, and say whether there are more', async () => {
    for (const limit of [1, 2, 4, 5]) {
      const [facet] = (await facets([{ attribute: 'title' }], { limit })).facets;
      const all = values(['b', 2], ['', 1], ['a', 1], ['\uffff', 1], ['\u{1f600}', 1]);
      expect(plain(facet)).toMatchObject({ values: all.slice(0, limit), hasMore: limit < all.length });
    }
  });

  test('forget what was replaced, and follow the live generation', async () => {
    await index().makeLive('one');
    await index().apply('one', [ready('r0', 100, { attributes: { title: 'new' } }), deleted('r2', 100)]);
    const { facets: found } = await index().facets({ of: [{ attribute: 'title' }], limit: 3 });
    expect(plain(found)).toMatchObject([{ values: values(['', 1], ['a', 1], ['new', 1]), hasMore: true }]);
  });

  test('of more values than are listed are counted all the same', async () => {
    const many = Array.from({ length: 1_200 }, (_, at) =>
      ready(`m${at}`, 1, { seed: at, attributes: { title: at % 3 === 0 ? 'third' : `t${at}` } }),
    );
    await index().apply('one', many);
    const { images, facets: found } = await facets([{ attribute: 'title' }], { limit: 2 });
    expect(images).toBe(1_207);
    expect(plain(found)).toMatchObject([{ images: 1_206, values: values(['third', 400], ['b', 2]), hasMore: true }]);
  });

  const every = Array.from({ length: FACET_LIMITS.subjects + 1 }, () => ({ attribute: 'title' }));
  test.each<[string, Partial<FacetsRequest>, object]>([
    ['an undeclared attribute', { of: [{ attribute: 'unknown' }] }, { field: 'attributes' }],
    ['an attribute of every object', { of: [{ attribute: 'constructor' }] }, { field: 'attributes' }],
    ['a field as an attribute', { of: [{ attribute: '$height' }] }, { field: 'attributes' }],
    ['an undeclared field', { of: [{ field: 'depth' as 'width' }] }, { field: 'fields' }],
    ['one twice', { of: [{ attribute: 'title' }, { attribute: 'title' }] }, { field: 'attributes' }],
    ['too many', { of: every }, { field: 'fields' }],
    ['no values', { limit: 0 }, { field: 'limit' }],
    ['too many values', { limit: FACET_LIMITS.values + 1 }, { field: 'limit' }],
    ['a wrong filter', { filter: { attribute: 'unknown', exists: true } }, { field: 'unknown' }],
  ])('of %s are refused', async (_, request, facts) => {
    const code = request.filter === undefined ? 'invalid-request' : 'invalid-filter';
    await expect(facets([{ attribute: 'title' }], request)).rejects.toMatchObject({ code, facts });
  });

  test('of no generation, or of one that is not there, are refused', async () => {
    await expect(index().facets({ of: [], limit: 1 })).rejects.toMatchObject({ code: 'no-live-generation' });
    const elsewhere = facets([], { generation: 'other' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'generation-unknown' });
  });
}
