import type { VectorIndex } from '#core';
import { all, expectStored, found } from './queries.js';
import { deleted, failed, idOf, ready, SCHEMA, seededVector } from './vector-records.js';

export function enduranceCases(index: () => VectorIndex, reopen: () => Promise<VectorIndex>): void {
  test('after a crash everything that was applied is there', async () => {
    const records = [ready('a', 4, { attributes: { title: 'kept' } }), failed('b', 2), deleted('c', 3)];
    await index().apply('one', records);
    await index().makeLive('one');
    const again = await reopen();
    expect(await again.live()).toMatchObject({ name: 'one', schema: SCHEMA, live: true });
    await expectStored(again, records);
    expect(await again.count()).toEqual({ ready: 1, failed: 1, deleted: 1 });
    expect(await again.apply('one', [...records, ready('c', 2)])).toEqual({ applied: 0, stale: 4 });
    expect(await again.apply('one', [ready('c', 4)])).toEqual({ applied: 1, stale: 0 });
    expect(await found(again, seededVector(4), { limit: 2 })).toEqual(['a', 'c']);
  });

  test('updates land after settling, again and again', async () => {
    const records = (version: number) =>
      Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, version, { seed: at }));
    for (const version of [10, 20, 30, 40]) {
      expect(await index().apply('one', records(version))).toEqual({ applied: 1_200, stale: 0 });
      await index().settle('one');
      expect(await index().apply('one', records(version).slice(0, 10))).toEqual({ applied: 0, stale: 10 });
      expect(await index().apply('one', [deleted('i3', version + 1)])).toEqual({ applied: 1, stale: 0 });
    }
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 1_199, failed: 0, deleted: 1 });
    expect((await all(index(), { generation: 'one' })).length).toBe(1_200);
  });

  test('searches go on while records are written and settled', async () => {
    const records = Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', records);
    let writing = true;
    let searches = 0;
    const search = async () => {
      for (; writing; searches++) {
        expect(await found(index(), seededVector(searches % 500), { limit: 5 })).toHaveLength(5);
        expect(await index().fetch([idOf('i1199')], { generation: 'one' })).toHaveLength(1);
      }
    };
    const write = async () => {
      for (let version = 2; version < 42; version++) {
        const from = version * 10;
        await index().apply(
          'one',
          records.slice(from, from + 10).map((it, at) => ready(it.imageId, version, { seed: from + at })),
        );
        if (version % 10 === 0) await index().settle('one');
      }
      writing = false;
    };
    await Promise.all([write().finally(() => (writing = false)), search(), search()]);
    expect(searches).toBeGreaterThan(10);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 1_200, failed: 0, deleted: 0 });
  });
}
