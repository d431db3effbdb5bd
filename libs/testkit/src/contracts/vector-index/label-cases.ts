import type { Filter, VectorIndex } from '#core';
import { all, matching, plain } from './queries.js';
import { failed, ready, SCHEMA, seededVector } from './vector-records.js';

export function labelCases(index: () => VectorIndex): void {
  const label = (name: string, probability = 0.5) => ({ name, probability });
  const records = [
    ready('r1', 1, { labels: [label('tabby', 0.75), label("jack-o'-lantern", 0.2)] }),
    ready('r2', 2, { labels: [label('tabby')] }),
    ready('r3', 3, { labels: [label('tabby cat')] }),
    ready('r4', 4, { labels: [] }),
    ready('r5', 5),
    failed('f', 6),
  ];
  beforeEach(() => index().apply('one', records));

  test('come back as they were put, with whatever is found', async () => {
    const labelsOf = new Map(records.map((it) => [it.imageId, it.state === 'ready' ? it.labels : undefined]));
    const query = { vector: 'fc', query: seededVector(1), limit: 10 };
    const { hits } = await index().search({ generation: 'one', stages: [query] });
    const found = [...(await all(index(), { generation: 'one' })), ...hits.map(({ record }) => record)];
    expect(found).toHaveLength(11);
    for (const it of found) {
      const labels = it.state === 'ready' ? it.labels : undefined;
      expect(plain([labels ?? null])).toEqual(plain([labelsOf.get(it.imageId) ?? null]));
    }
  });

  test.each<[Filter, string]>([
    [{ field: 'labels', equals: 'tabby' }, 'r1 r2'],
    [{ field: 'labels', in: ["jack-o'-lantern", 'tabby cat'] }, 'r1 r3'],
    [{ field: 'labels', prefix: 'tab' }, 'r1 r2 r3'],
    [{ field: 'labels', exists: true }, 'r1 r2 r3 r4'],
    [{ not: { field: 'labels', equals: 'tabby' } }, 'r3 r4 r5'],
    [
      {
        all: [
          { field: 'labels', equals: 'tabby' },
          { field: 'labels', equals: "jack-o'-lantern" },
        ],
      },
      'r1',
    ],
  ])('are filtered by their names: %j matches "%s"', async (filter, wanted) => {
    expect((await matching(index(), filter)).join(' ')).toBe(wanted);
  });

  test('are a facet', async () => {
    const { facets } = await index().facets({ generation: 'one', of: [{ field: 'labels' }], limit: 2 });
    const values = [
      { value: 'tabby', images: 2 },
      { value: "jack-o'-lantern", images: 1 },
    ];
    expect(plain(facets)).toEqual([{ field: 'labels', type: 'strings', images: 4, values, hasMore: true }]);
  });

  test('are nothing to ask for in a generation whose encoder has none', async () => {
    const { fields = [], ...rest } = SCHEMA;
    await index().createGeneration('without', { ...rest, fields: fields.filter((it) => it !== 'labels') });
    const generation = 'without';
    const filter: Filter = { field: 'labels', equals: 'tabby' };
    const code = 'invalid-filter';
    await expect(index().list({ generation, states: ['ready'], filter, limit: 1 })).rejects.toMatchObject({ code });
    const facets = index().facets({ generation, of: [{ field: 'labels' }], limit: 1 });
    await expect(facets).rejects.toMatchObject({ code: 'invalid-request', facts: { field: 'fields' } });
  });
}
