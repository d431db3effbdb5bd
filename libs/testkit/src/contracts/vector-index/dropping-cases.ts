import { setImmediate as nextTurn } from 'node:timers/promises';
import { isLookalikeError, type VectorIndex } from '#core';
import { all, searchFor } from './queries.js';
import { idOf, ready, SCHEMA, seededVector } from './vector-records.js';

export function droppingCases(index: () => VectorIndex): void {
  const RECORDS = Array.from({ length: 30 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
  const generation = 'dropped';
  const { stages } = searchFor(seededVector(1), { limit: 30 });
  let images = 0;

  beforeEach(async () => {
    await index().createGeneration(generation, SCHEMA);
    await index().apply(generation, RECORDS);
  });

  test.each<[string, () => Promise<unknown>, unknown]>([
    ['search', async () => (await index().search({ generation, stages })).hits.length, 30],
    ['scan', async () => (await all(index(), { generation, batchSize: 7 })).length, 30],
    ['fetch', async () => (await index().fetch([idOf('i3')], { generation })).map((it) => it.imageId), ['i3']],
    ['count', () => index().count({ generation }), { ready: 30, failed: 0, deleted: 0 }],
    ['apply', () => index().apply(generation, [ready(`new-${images++}`, 1)]), { applied: 1, stale: 0 }],
    ['settle', () => index().settle(generation), undefined],
  ])('ends calls of %s under way as they are or as unknown, and later ones as unknown', async (_, call, answer) => {
    for (let round = 0; round < 10; round++) {
      // Several at once, so that the drop meets each at another point of its way.
      const callers = Array.from({ length: 3 }, () => answersUntilUnknown(call, answer));
      for (let turn = 0; turn < round; turn++) await nextTurn();
      await index().dropGeneration(generation);
      await expect(call()).rejects.toMatchObject({ code: 'generation-unknown' });
      await Promise.all(callers);
      await index().createGeneration(generation, SCHEMA);
      await index().apply(generation, RECORDS);
    }
  });

  test('ends a scan between two batches as it is or as unknown', async () => {
    const seen: string[] = [];
    const scan = async () => {
      for await (const batch of index().scan({ generation, batchSize: 10 })) {
        if (seen.length === 0) await index().dropGeneration(generation);
        seen.push(...batch.map((it) => it.imageId));
      }
    };
    const error = await scan().catch((it: unknown) => it);
    if (error === undefined) expect(new Set(seen)).toEqual(new Set(RECORDS.map((it) => it.imageId)));
    else expect(error).toMatchObject({ code: 'generation-unknown' });
    expect(new Set(seen).size).toBe(seen.length);
  });
}

/** Repeats a call while it gives its whole answer; any end but `generation-unknown` fails the test. */
async function answersUntilUnknown(call: () => Promise<unknown>, answer: unknown): Promise<void> {
  for (;;) {
    const found = await call().catch((error: unknown) => error);
    if (isLookalikeError(found) && found.code === 'generation-unknown') return;
    expect(found).toEqual(answer);
    await nextTurn();
  }
}
