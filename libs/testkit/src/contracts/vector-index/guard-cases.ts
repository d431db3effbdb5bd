import type { VectorIndex } from '#core';
import { expectStored, found } from './queries.js';
import { deleted, failed, ready, seededVector } from './vector-records.js';

export function guardCases(index: () => VectorIndex): void {
  const HISTORY = [ready('a', 1), ready('a', 2), failed('a', 3), deleted('a', 4), ready('a', 5)];

  test.each([[[0, 1, 2, 3, 4]], [[4, 3, 2, 1, 0]], [[2, 4, 0, 3, 1]], [[1, 1, 4, 4, 0]]])(
    'the greatest version wins in the order %j of calls',
    async (order) => {
      for (const at of order) await index().apply('one', HISTORY.slice(at, at + 1));
      await expectStored(index(), [ready('a', 5)]);
    },
  );

  test('the greatest version wins inside one call, in any order, and the others are stale', async () => {
    const records = [ready('a', 2), ready('b', 9), ready('a', 7), deleted('a', 5), ready('a', 7), failed('b', 3)];
    expect(await index().apply('one', records)).toEqual({ applied: 2, stale: 4 });
    await expectStored(index(), [ready('a', 7), ready('b', 9)]);
  });

  test('repeating a call changes nothing', async () => {
    const records = [ready('a', 1), failed('b', 2), deleted('c', 3)];
    expect(await index().apply('one', records)).toEqual({ applied: 3, stale: 0 });
    expect(await index().apply('one', records)).toEqual({ applied: 0, stale: 3 });
    await expectStored(index(), records);
  });

  test('an equal version does not replace what is there', async () => {
    await index().apply('one', [ready('a', 4)]);
    expect(await index().apply('one', [deleted('a', 4)])).toEqual({ applied: 0, stale: 1 });
    await expectStored(index(), [ready('a', 4)]);
  });

  test('of the same version what is ready replaces a failure, and a failure replaces nothing', async () => {
    await index().apply('one', [failed('a', 4), failed('b', 4), ready('c', 4)]);
    const again = [ready('a', 4), failed('b', 4), failed('c', 4)];
    expect(await index().apply('one', again)).toEqual({ applied: 1, stale: 2 });
    expect(await index().apply('one', [failed('a', 4), ready('a', 3)])).toEqual({ applied: 0, stale: 2 });
    await expectStored(index(), [ready('a', 4), failed('b', 4), ready('c', 4)]);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 2, failed: 1, deleted: 0 });
    expect(await found(index(), seededVector(4))).toEqual(expect.arrayContaining(['a', 'c']));
  });

  test.each([[[0, 1]], [[1, 0]]])('so it is inside one call, in the order %j', async (order) => {
    const records = [failed('a', 4), ready('a', 4)];
    await index().apply(
      'one',
      order.flatMap((at) => records.slice(at, at + 1)),
    );
    await expectStored(index(), [ready('a', 4)]);
  });

  test('a call half of which is there already does the other half', async () => {
    await index().apply('one', [ready('a', 1), ready('b', 2)]);
    const all = [ready('a', 1), ready('b', 2), ready('c', 3), deleted('d', 4)];
    expect(await index().apply('one', all)).toEqual({ applied: 2, stale: 2 });
    await expectStored(index(), all);
  });

  test('a late add does not bring back a deleted image', async () => {
    await index().apply('one', [ready('a', 3)]);
    await index().apply('one', [deleted('a', 5)]);
    await index().apply('one', [ready('a', 4)]);
    await expectStored(index(), [deleted('a', 5)]);
    for (const version of [3, 4]) expect(await found(index(), seededVector(version))).toEqual([]);
  });

  test('a newer add brings back a deleted image', async () => {
    await index().apply('one', [deleted('a', 5)]);
    await index().apply('one', [ready('a', 6)]);
    expect(await found(index(), seededVector(6))).toEqual(['a']);
  });

  test('an image goes from ready to failed and back', async () => {
    await index().apply('one', [ready('a', 1)]);
    await index().apply('one', [failed('a', 2)]);
    expect(await found(index(), seededVector(1))).toEqual([]);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 0, failed: 1, deleted: 0 });
    await index().apply('one', [ready('a', 3)]);
    expect(await found(index(), seededVector(3))).toEqual(['a']);
  });

  test('versions may be 0 and as great as a safe integer', async () => {
    await index().apply('one', [ready('a', 0)]);
    await index().apply('one', [ready('a', Number.MAX_SAFE_INTEGER - 1, { seed: 1 })]);
    const last = ready('a', Number.MAX_SAFE_INTEGER, { seed: 2 });
    expect(await index().apply('one', [last])).toEqual({ applied: 1, stale: 0 });
    expect(await index().apply('one', [ready('a', Number.MAX_SAFE_INTEGER - 1)])).toEqual({ applied: 0, stale: 1 });
    await expectStored(index(), [last]);
  });

  test('calls at the same time for the same images leave one record each, the newest', async () => {
    const calls = Array.from({ length: 12 }, (_, at) => [ready('a', at), ready('b', 11 - at), ready(`own-${at}`, 1)]);
    await Promise.all(calls.map((it) => index().apply('one', it)));
    const own = Array.from({ length: 12 }, (_, at) => ready(`own-${at}`, 1));
    await expectStored(index(), [ready('a', 11), ready('b', 11), ...own]);
  });

  test('of two calls at the same time for one image the newer wins, and the same record counts once', async () => {
    const counts = async (version: number, others: readonly number[]) => {
      const calls = [version, ...others].map((it) => index().apply('one', [ready(`i${version}`, it)]));
      return (await Promise.all(calls)).map((it) => it.applied);
    };
    for (let version = 10; version < 20; version++) {
      expect((await counts(version, [version])).sort()).toEqual([0, 1]);
      expect((await counts(version + 10, [version]))[0]).toBe(1);
    }
    await expectStored(
      index(),
      Array.from({ length: 20 }, (_, at) => ready(`i${at + 10}`, at + 10)),
    );
  });

  test('an empty call is nothing', async () => {
    expect(await index().apply('one', [])).toEqual({ applied: 0, stale: 0 });
  });

  const good = ready('x', 2).vectors;
  const withNaN = seededVector(1);
  withNaN[3] = Number.NaN;
  test.each([
    ['of the wrong size', { ...good, fc: seededVector(1, 15) }],
    ['with NaN', { ...good, fc: withNaN }],
    ['of zeros', { ...good, fine: new Float32Array(8) }],
    ['too few', { fc: seededVector(1) }],
    ['too many', { ...good, other: seededVector(1) }],
  ])('vectors %s are refused, and nothing of the call is applied', async (_, vectors) => {
    const call = index().apply('one', [ready('a', 1), ready('bad', 2, { vectors })]);
    await expect(call).rejects.toMatchObject({ code: 'invalid-vector' });
    await expectStored(index(), []);
  });
}
