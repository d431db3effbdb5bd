import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteLog, type SqliteEventLog } from '#log-sqlite';
import { recordsOf } from '#testkit';

const KEYS = 100;
const VALUE = Buffer.alloc(16_000, 1);

describe('a topic that is dropped in SQLite', () => {
  let folder: string;
  let log: SqliteEventLog;
  const open = async () => {
    log = await openSqliteLog({ folder, maxRecordBytes: 100_000, onBackgroundError: () => {} });
    for (const topic of ['vectors', 'kept']) await log.ensureTopic(topic, { partitions: 2, retention: 'compact' });
  };
  const append = (topic: string) =>
    log.append(
      topic,
      Array.from({ length: KEYS }, (_, i) => ({ key: `${i}`, value: VALUE, headers: {} })),
    );
  const drop = async () => log.dropTopic('vectors', await log.topicId('vectors'));
  const fileBytes = () => statSync(join(folder, 'log.sqlite')).size;
  const rowsOf = (table: string) => {
    const db = new Database(join(folder, 'log.sqlite'), { readonly: true });
    try {
      return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    } finally {
      db.close();
    }
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-drop-'));
    await open();
    await append('kept');
    for (let round = 0; round < 20; round++) await append('vectors');
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('takes its space with it, and leaves the others as they are', async () => {
    await log.close();
    const before = fileBytes();
    expect(before).toBeGreaterThan(20 * KEYS * VALUE.length);
    await open();
    await drop();
    await log.close();
    // What is kept is 1.6 MB, beside up to 4 MiB of free pages for the next records.
    expect(fileBytes()).toBeLessThan(8_000_000);
    expect([rowsOf('records'), rowsOf('latest'), rowsOf('superseded')]).toEqual([KEYS, KEYS, 0]);
    await open();
    expect(await recordsOf(log, 'kept')).toHaveLength(KEYS);
  });

  test('lets appends and reads through while its records go', async () => {
    let isDone = false;
    const dropping = drop().then(() => {
      isDone = true;
    });
    let appends = 0;
    while (!isDone) {
      await log.append('kept', [{ key: `new-${appends}`, value: Buffer.alloc(10), headers: {} }]);
      appends += 1;
    }
    await dropping;
    expect(appends).toBeGreaterThan(10);
    expect(await recordsOf(log, 'kept')).toHaveLength(KEYS + appends);
  });

  test('is gone when the process ends meanwhile, and its records go with the next one', async () => {
    const dropping = drop();
    const ended = expect(dropping).rejects.toMatchObject({ code: 'log-closed' });
    await new Promise(setImmediate);
    await log.close();
    await ended;
    expect(rowsOf('records')).toBeGreaterThan(KEYS);
    await open();
    expect(await recordsOf(log, 'vectors')).toEqual([]);
    await append('vectors');
    await log.dropTopic('never', '0');
    expect(await recordsOf(log, 'vectors')).toHaveLength(KEYS);
    await log.close();
    expect([rowsOf('records'), rowsOf('latest'), rowsOf('superseded')]).toEqual([2 * KEYS, 2 * KEYS, 0]);
  });
});
