import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteLog } from '#log-sqlite';
import { recordSyncs } from '#testkit';

describe('the file of the log', () => {
  let folder: string;
  const open = () => openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} });
  const change = (sql: string) => {
    const db = new Database(join(folder, 'log.sqlite'));
    db.exec(sql);
    db.close();
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-schema-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is made with its folders', async () => {
    const log = await openSqliteLog({
      folder: join(folder, 'a', 'b'),
      maxRecordBytes: 1000,
      onBackgroundError: () => {},
    });
    await log.close();
    rmSync(join(folder, 'a', 'b', 'log.sqlite'));
  });

  test('has a durable name, and so has each of its folders', async () => {
    const synced = recordSyncs();
    const log = await openSqliteLog({
      folder: join(folder, 'a', 'b'),
      maxRecordBytes: 1000,
      onBackgroundError: () => {},
    });
    jest.restoreAllMocks();
    await log.close();
    expect(synced).toEqual(expect.arrayContaining([folder, join(folder, 'a'), join(folder, 'a', 'b')]));
  });

  test('without one of its tables is refused and not kept open', async () => {
    await (await open()).close();
    change('ALTER TABLE superseded RENAME TO gone');
    await expect(open()).rejects.toMatchObject({ code: 'internal', facts: { storageError: 'SQLITE_ERROR' } });
    change('ALTER TABLE gone RENAME TO superseded');
    await (await open()).close();
  });

  test('whose folder cannot be made is unavailable', async () => {
    writeFileSync(join(folder, 'file'), '');
    const opening = openSqliteLog({
      folder: join(folder, 'file', 'log'),
      maxRecordBytes: 1000,
      onBackgroundError: () => {},
    });
    await expect(opening).rejects.toMatchObject({ code: 'log-unavailable', facts: { storageError: 'ENOTDIR' } });
  });

  test('of another version is refused and left as it is', async () => {
    await (await open()).close();
    change('PRAGMA user_version = 99');
    await expect(open()).rejects.toMatchObject({ code: 'invalid-setting', facts: { found: 99, wanted: 1 } });
    change('PRAGMA user_version = 1');
    await (await open()).close();
  });

  test('of another program is refused', async () => {
    change('CREATE TABLE theirs (a)');
    await expect(open()).rejects.toMatchObject({ code: 'invalid-setting', facts: { isOurs: false } });
  });

  test('that is no database is refused, and waiting does not mend it', async () => {
    writeFileSync(join(folder, 'log.sqlite'), 'This is a letter to my aunt. '.repeat(100));
    await expect(open()).rejects.toMatchObject({ code: 'log-damaged', canRetry: false });
  });
});
