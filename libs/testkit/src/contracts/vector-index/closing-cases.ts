import type { VectorIndex } from '#core';
import { all, searchFor } from './queries.js';
import { idOf, ready, SCHEMA, seededVector } from './vector-records.js';

export function closingCases(index: () => VectorIndex, reopen: () => Promise<VectorIndex>): void {
  const generation = 'one';
  const { stages } = searchFor(seededVector(1));
  const UNAVAILABLE = { code: 'index-unavailable' };

  const READS: Record<string, () => Promise<unknown>> = {
    search: () => index().search({ stages }),
    facets: () => index().facets({ of: [], limit: 1 }),
    fetch: () => index().fetch([idOf('a')]),
    list: () => index().list({ states: ['ready'], limit: 1 }),
    scan: () => all(index(), {}),
    count: () => index().count(),
    settle: () => index().settle(generation),
    'another settle': () => index().settle(generation),
  };
  const CALLS: typeof READS = {
    ...READS,
    generations: () => index().generations(),
    live: () => index().live(),
    'search in a generation': () => index().search({ generation, stages }),
    'facets of a generation': () => index().facets({ generation, of: [], limit: 1 }),
    'list of a generation': () => index().list({ generation, states: ['ready'], limit: 1 }),
    'fetch of nothing': () => index().fetch([], { generation }),
    'scan of a generation': () => all(index(), { generation }),
    'count of a generation': () => index().count({ generation }),
    createGeneration: () => index().createGeneration('two', SCHEMA),
    dropGeneration: () => index().dropGeneration('other'),
    makeLive: () => index().makeLive('other'),
    apply: () => index().apply(generation, [ready('b', 1)]),
    'apply of nothing': () => index().apply(generation, []),
    'apply to an unknown generation': () => index().apply('nope', []),
  };

  beforeEach(async () => {
    await index().createGeneration('other', SCHEMA);
    await index().apply('one', [ready('a', 1)]);
    await index().makeLive('one');
  });

  test('refuses every call from then on, as a rejection', async () => {
    await index().close();
    for (const [name, call] of Object.entries(CALLS)) {
      // Not `call().catch`, which would miss what is thrown at once.
      const end = call().then(
        () => 'answered',
        (error: unknown) => error,
      );
      expect([name, await end]).toEqual([name, expect.objectContaining(UNAVAILABLE)]);
    }
  });

  test('finishes what is being applied, or refuses it, and forgets nothing', async () => {
    const applying = Array.from({ length: 5 }, (_, at) => index().apply(generation, [ready('a', at + 2)]));
    const ends = Promise.allSettled(applying);
    await index().close();
    const applied = (await ends).map((end) => {
      if (end.status === 'rejected') expect(end.reason).toMatchObject(UNAVAILABLE);
      return end.status === 'fulfilled';
    });
    const again = await reopen();
    const [record] = await again.fetch([idOf('a')]);
    expect(record?.version).toBeGreaterThanOrEqual(applied.lastIndexOf(true) + 2);
  });

  test('ends reads under way with their answer or as unavailable', async () => {
    const wanted: unknown[] = [];
    for (const read of Object.values(READS)) wanted.push(await read());
    const underWay = Promise.allSettled(Object.values(READS).map((read) => read()));
    await index().close();
    for (const [at, end] of (await underWay).entries()) {
      if (end.status === 'fulfilled') expect(end.value).toEqual(wanted[at]);
      else expect(end.reason).toMatchObject(UNAVAILABLE);
    }
  });

  test('is done once, however often it is asked for', async () => {
    let isClosed = false;
    const closing = index()
      .close()
      .then(() => {
        isClosed = true;
      });
    await index().close();
    expect(isClosed).toBe(true);
    await closing;
    await index().close();
  });
}
