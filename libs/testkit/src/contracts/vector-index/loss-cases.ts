import type { VectorIndex } from '#core';
import { searchFor } from './queries.js';
import { idOf, ready, SCHEMA, seededVector } from './vector-records.js';

/** Somebody deletes what is stored, whole, while it is in use: it is derived, and can be made again. */
export function lossCases(index: () => VectorIndex, lose: () => Promise<void>): void {
  const { stages } = searchFor(seededVector(1), { exact: true });
  const records = Array.from({ length: 40 }, (_, at) => ready(`i${at}`, 1, { seed: at }));

  beforeEach(async () => {
    await index().createGeneration('two', SCHEMA);
    await index().apply('one', records);
    await index().apply('two', records);
    await index().makeLive('one');
    await index().search({ stages });
    await lose();
  });

  test('is noticed by whoever asks for the generations, and by checks', async () => {
    expect(await index().generations()).toEqual([]);
    expect(await index().live()).toBeNull();
    await index().check();
  });

  test('fails every call with a code that says so', async () => {
    const lost = { code: expect.stringMatching(/^(generation-unknown|no-live-generation)$/) };
    await expect(index().search({ stages })).rejects.toMatchObject(lost);
    await expect(index().search({ generation: 'two', stages })).rejects.toMatchObject({ code: 'generation-unknown' });
    await expect(index().apply('one', [ready('new', 1)])).rejects.toMatchObject({ code: 'generation-unknown' });
    await expect(index().fetch([idOf('i1')], { withVectors: true })).rejects.toMatchObject(lost);
    await expect(index().settle('two')).rejects.toMatchObject({ code: 'generation-unknown' });
    await expect(index().makeLive('two')).rejects.toMatchObject({ code: 'generation-unknown' });
    await expect(index().search({ stages })).rejects.toMatchObject({ code: 'no-live-generation' });
  });

  test.each(['two', 'three'])('leaves room for another generation at once, of the name %s too', async (name) => {
    await index().createGeneration(name, SCHEMA);
    expect((await index().generations()).map((it) => it.name)).toEqual([name]);
    expect(await index().apply(name, records)).toEqual({ applied: 40, stale: 0 });
    await index().makeLive(name);
    await index().settle(name);
    expect((await index().search({ stages })).hits).toHaveLength(10);
    expect(await index().count()).toEqual({ ready: 40, failed: 0, deleted: 0 });
  });

  test('ends what is under way, as done or with a code', async () => {
    await index().createGeneration('three', SCHEMA);
    const calls = Array.from({ length: 5 }, (_, at) => index().apply('three', [ready(`late-${at}`, 1)]));
    const ends = Promise.allSettled([
      ...calls,
      index().search({ generation: 'three', stages }),
      index().settle('three'),
    ]);
    await lose();
    for (const end of await ends) {
      if (end.status === 'rejected') {
        expect(end.reason).toMatchObject({ code: expect.stringMatching(/^(generation-unknown|index-)/) });
      }
    }
    expect(await index().generations()).toEqual([]);
  });
}
