import type { MergeResult } from '@lancedb/lancedb';
import type { StateCounts } from '#core';
import { deleted, failed, ready } from '#testkit';
import { StateCounter } from './state-counter.js';

const merged = (inserted: number, updated = 0) =>
  ({ numInsertedRows: inserted, numUpdatedRows: updated }) as unknown as MergeResult;

describe('the counts by state', () => {
  let stored: StateCounts;
  let scans: number;
  let counter: StateCounter;
  beforeEach(() => {
    stored = { ready: 1, failed: 0, deleted: 0 };
    scans = 0;
    counter = new StateCounter(async () => {
      scans += 1;
      return stored;
    });
  });

  test('are added up while records are only inserted', async () => {
    await counter.count();
    const result = merged(3);
    const records = [ready('a', 1), failed('b', 2), deleted('c', 3)];
    expect(await counter.merge(records, async () => result)).toBe(result);
    expect(await counter.count()).toEqual({ ready: 2, failed: 1, deleted: 1 });
    expect(scans).toBe(1);
  });

  test.each([
    ['an update', merged(1, 1)],
    ['a record that lost against a newer one', merged(1)],
  ])('are read again after %s', async (_, result) => {
    await counter.count();
    await counter.merge([ready('a', 1), ready('b', 2)], async () => result);
    stored = { ready: 7, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
    expect(scans).toBe(2);
  });

  test('are read again after a merge that failed, which may have been written all the same', async () => {
    await counter.count();
    await expect(counter.merge([ready('a', 1)], () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    stored = { ready: 2, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
  });

  test.each([
    ['not seen it', 1],
    ['seen it', 2],
  ])('that were read beside a merge and have %s are not kept', async (_, seen) => {
    let finish = (_: MergeResult) => {};
    const merge = counter.merge([ready('a', 1)], () => new Promise((resolve) => (finish = resolve)));
    stored = { ready: seen, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
    finish(merged(1));
    await merge;
    stored = { ready: 2, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
  });
});
