import { eventually } from '#testkit';
import { Compactor } from './compactor.js';
import type { RecordStore } from './record-store.js';

const FULL = Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
const CORRUPT = Object.assign(new Error('malformed'), { code: 'SQLITE_CORRUPT' });

/** A store on which dropping fails with `failure.now` while there is one. */
function compactor(failure: { now: Error | null }) {
  const errors: unknown[] = [];
  let tries = 0;
  const store = {
    countSuperseded: () => 0,
    hasDropped: () => false,
    dropSomeOfDropped: () => 0,
    transact: (work: () => number) => work(),
    dropSuperseded: () => {
      tries += 1;
      if (failure.now !== null) throw failure.now;
      return 0;
    },
    pages: () => ({ total: 0, free: 0 }),
  } as unknown as RecordStore;
  const it = new Compactor(store, 10, (error) => errors.push(error));
  return { it, errors, tries: () => tries };
}

const ended = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('compaction in the background', () => {
  test.each([
    ['a full disk', FULL, 'log-unavailable'],
    ['a damaged file', CORRUPT, 'log-damaged'],
  ])('tells of %s, and the process goes on', async (_, failure, code) => {
    const { it, errors } = compactor({ now: failure });
    it.noteSuperseded(10);
    await eventually(() => expect(errors).toMatchObject([{ code }]));
  });

  test('after a failure waits for as many records as before the first try', async () => {
    const failure: { now: Error | null } = { now: FULL };
    const { it, errors, tries } = compactor(failure);
    it.noteSuperseded(10);
    await eventually(() => expect(errors).toHaveLength(1));
    it.noteSuperseded(0);
    it.noteSuperseded(9);
    await ended();
    expect(tries()).toBe(1);
    failure.now = null;
    it.noteSuperseded(1);
    await eventually(() => expect(tries()).toBe(2));
    expect(errors).toHaveLength(1);
  });

  test('tells once of a failure, however many records are superseded meanwhile', async () => {
    const { it, errors } = compactor({ now: FULL });
    for (let i = 0; i < 5; i++) it.noteSuperseded(10);
    await eventually(() => expect(errors).toHaveLength(1));
    await ended();
    expect(errors).toHaveLength(1);
  });
});
