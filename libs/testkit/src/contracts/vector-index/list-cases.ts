import { type Filter, type ImageId, LIST_LIMIT, type ListRequest, type VectorIndex } from '#core';
import { plain } from './queries.js';
import { deleted, failed, ready, SCHEMA } from './vector-records.js';

export function listCases(index: () => VectorIndex): void {
  const ALL = ['ready', 'failed', 'deleted'] as const;
  const ODD = ["o'clock", 'späť', '\u{1f600}', '\uffff', 'a/b'];

  beforeEach(async () => {
    const many = ODD.map((id, at) => ready(id, 1, { seed: at, attributes: { title: id, colour: at % 2 === 0 } }));
    await index().apply('one', [...many, failed('f1', 1, { title: 'f' }), failed('f2', 2), deleted('d', 3)]);
  });

  const list = async (request: Partial<ListRequest> = {}) =>
    (await index().list({ generation: 'one', states: ALL, limit: 100, ...request })).records;
  const idsOf = (records: readonly { readonly imageId: ImageId }[]) => records.map((it) => it.imageId as string);

  async function pages(limit: number, request: Partial<ListRequest> = {}, between = async () => {}): Promise<string[]> {
    const found: string[] = [];
    for (let after: ImageId | undefined; ; ) {
      const page = await list({ ...request, limit, ...(after !== undefined && { after }) });
      expect(page.length).toBeLessThanOrEqual(limit);
      found.push(...idsOf(page));
      after = page.at(-1)?.imageId;
      if (after === undefined) return found;
      await between();
    }
  }

  test('have each image of the states once, in one order, whatever the size of pages', async () => {
    const all = idsOf(await list());
    expect(all.toSorted()).toEqual([...ODD, 'd', 'f1', 'f2'].sort());
    for (const limit of [1, 2, 3, 7, 8, 9]) expect(await pages(limit)).toEqual(all);
    expect(await pages(1, { states: ['failed'] })).toEqual(all.filter((id) => id.startsWith('f')));
    expect(idsOf(await list({ states: ['deleted'] }))).toEqual(['d']);
  });

  test('have whole records, without vectors and grey copies', async () => {
    const [gone, ...others] = await list({ states: ['failed', 'deleted'] });
    expect(plain([gone, ...others].toSorted((a, b) => (a?.version ?? 0) - (b?.version ?? 0)))).toEqual(
      plain([failed('f1', 1, { title: 'f' }), failed('f2', 2), deleted('d', 3)]),
    );
    for (const it of await list({ states: ['ready'] })) {
      expect(it).toMatchObject({ perceptualHash: 'fedcba9876543210', width: 641 });
      expect(it).not.toHaveProperty('vectors');
      expect(it).not.toHaveProperty('greyCopy');
    }
  });

  test.each<[Filter, string]>([
    [{ attribute: 'colour', equals: true }, "a/b o'clock \u{1f600}"],
    [{ attribute: 'title', in: ['f', 'a/b'] }, 'a/b f1'],
    [{ not: { attribute: 'title', exists: true } }, 'd f2'],
    [{ field: 'width', exists: false }, 'd f1 f2'],
    [{ all: [{ field: 'mediaType', equals: 'image/jpeg' }, { not: { field: 'width', exists: true } }] }, 'f1 f2'],
    [{ any: [] }, ''],
  ])('with the filter %j have "%s", of any state', async (filter, wanted) => {
    expect((await pages(2, { filter })).sort().join(' ')).toBe(wanted);
  });

  test('have the images once that stay, while others come, go and change', async () => {
    const stay = idsOf(await list({ states: ['ready'] })).filter((id) => id !== 'a/b');
    let round = 0;
    const found = await pages(1, { states: ['ready'] }, async () => {
      if (++round > 5) return;
      const version = 10 + round;
      const flipped = round % 2 === 0 ? ready('a/b', version, { seed: 1 }) : deleted('a/b', version);
      await index().apply('one', [ready(`new${round}`, version, { seed: 1 }), flipped]);
    });
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(stay));
  });

  test('go on after an image that has left the list', async () => {
    const all = idsOf(await list({ states: ['ready'] }));
    await index().apply('one', [deleted(all[1] ?? '', 9)]);
    const rest = idsOf(await list({ states: ['ready'], after: all[1] as ImageId, limit: 2 }));
    expect(rest).toEqual(all.slice(2, 4));
  });

  test('follow the live generation', async () => {
    const request = { states: ALL, limit: 1 };
    await expect(index().list(request)).rejects.toMatchObject({ code: 'no-live-generation' });
    await index().makeLive('one');
    expect(await index().list(request)).toMatchObject({ generation: 'one', records: { length: 1 } });
    const elsewhere = list({ generation: 'other' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'generation-unknown' });
  });

  test('of a generation whose filters do not see failed images refuse to leave them out unsaid', async () => {
    const { filtersFailed: _, ...older } = SCHEMA;
    await index().createGeneration('older', older);
    await index().apply('older', [ready('a', 1, { attributes: { title: 'x' } }), failed('f', 1, { title: 'x' })]);
    const filter: Filter = { attribute: 'title', equals: 'x' };
    await expect(list({ generation: 'older', filter })).rejects.toMatchObject({ code: 'invalid-filter' });
    expect(idsOf(await list({ generation: 'older', filter, states: ['ready'] }))).toEqual(['a']);
    expect(idsOf(await list({ generation: 'older' })).sort()).toEqual(['a', 'f']);
  });

  test.each<[string, Partial<ListRequest>, string]>([
    ['of no state', { states: [] }, 'invalid-request'],
    ['of nothing', { limit: 0 }, 'invalid-request'],
    ['of too many', { limit: LIST_LIMIT + 1 }, 'invalid-request'],
    ['with a wrong filter', { filter: { attribute: 'unknown', exists: true } }, 'invalid-filter'],
  ])('%s are refused', async (_, request, code) => {
    await expect(list(request)).rejects.toMatchObject({ code });
  });
}
