import type { StateCounts } from '#core';
import { deleted, failed, ready } from '#testkit';
import { StateCounter } from './state-counter.js';

interface Written {
  readonly numInsertedRows: number;
}

const written = (numInsertedRows: number): Written => ({ numInsertedRows });

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
    const result = written(3);
    const records = [ready('a', 1), failed('b', 2), deleted('c', 3)];
    expect(await counter.write(records, async () => result)).toBe(result);
    expect(await counter.count()).toEqual({ ready: 2, failed: 1, deleted: 1 });
    expect(scans).toBe(1);
  });

  test.each([['an update, or a record that lost against a newer one', written(1)]])(
    'are read again after %s',
    async (_, result) => {
      await counter.count();
      await counter.write([ready('a', 1), ready('b', 2)], async () => result);
      stored = { ready: 7, failed: 0, deleted: 0 };
      expect(await counter.count()).toEqual(stored);
      expect(scans).toBe(2);
    },
  );

  test('are read again after a write that failed, which may have been written all the same', async () => {
    await counter.count();
    await expect(counter.write([ready('a', 1)], () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    stored = { ready: 2, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
  });

  test.each([
    ['not seen it', 1],
    ['seen it', 2],
  ])('that were read beside a write and have %s are not kept', async (_, seen) => {
    let finish = (_: Written) => {};
    const write = counter.write([ready('a', 1)], () => new Promise<Written>((resolve) => (finish = resolve)));
    stored = { ready: seen, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
    finish(written(1));
    await write;
    stored = { ready: 2, failed: 0, deleted: 0 };
    expect(await counter.count()).toEqual(stored);
  });
});
