import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '#core';
import { openSqliteLog, type SqliteEventLog } from '#log-sqlite';

const DAMAGED = {
  code: 'log-damaged',
  canRetry: false,
  message: expect.stringMatching(/damaged \(.+\).*cannot be made from anything else.*backup.*\.recover/),
};
const RECORDS = 400;
const LIMITS = { maxRecords: RECORDS, maxBytes: 100_000_000, maxWaitMs: 0 };

describe('a log whose file is damaged', () => {
  let folder: string;
  let log: SqliteEventLog | undefined;
  const file = () => join(folder, 'log.sqlite');
  const open = async () => {
    log = await openSqliteLog({ folder, maxRecordBytes: 1_000_000, onBackgroundError: () => {} });
    return log;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-damage-'));
    const whole = await open();
    await whole.ensureTopic('events', { partitions: 1, retention: 'forever' });
    // Many times what SQLite keeps in memory, so that a read is one of the file.
    const records = Array.from({ length: RECORDS }, (_, at) => ({
      key: `k${at}`,
      value: Buffer.alloc(at % 2 === 0 ? 500 : 40_000, at),
      headers: {},
    }));
    await whole.append('events', records);
    await whole.close();
  });
  afterEach(async () => {
    await log?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['overwritten in the middle', () => overwrite(0.4, 0.6)],
    ['overwritten at its beginning', () => overwrite(0, 0.01)],
    ['overwritten but for its beginning', () => overwrite(0.1, 1)],
    ['cut in half', () => truncateSync(file(), Math.floor(statSync(file()).size / 2))],
    ['cut to its first page', () => truncateSync(file(), 4096)],
  ])('%s is refused at the start, with what can be done', async (_, damage) => {
    damage();
    const error = await open().catch((it) => it);
    expect(error).toMatchObject(DAMAGED);
    expect(error.message).toContain(file());
  });

  test('while it is open fails reads and subscriptions, which stages wait out', async () => {
    const opened = await open();
    overwrite(0.1, 1);
    const reading = async () => {
      for await (const _ of opened.read({ topic: 'events', partition: 0, from: 0 }));
    };
    const error = await reading().catch((it) => it);
    expect(error).toMatchObject(DAMAGED);
    expect(isFault(error)).toBe(true);
    const subscription = await opened.subscribe({ topic: 'events', group: 'g', limits: LIMITS });
    await expect(subscription.next()).rejects.toMatchObject(DAMAGED);
  });

  /** From one share of the file to another, with what never is a page. */
  function overwrite(from: number, to: number): void {
    const { size } = statSync(file());
    const [start, end] = [Math.floor(size * from), Math.floor(size * to)];
    const opened = openSync(file(), 'r+');
    writeSync(opened, Buffer.alloc(end - start, 0xa5), 0, end - start, start);
    closeSync(opened);
  }
});
