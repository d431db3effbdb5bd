import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteLog, type SqliteEventLog } from '#log-sqlite';
import { waitUntil } from '#testkit';

const KEYS = 100;

describe('compaction in SQLite', () => {
  let folder: string;
  let log: SqliteEventLog;
  const open = async (compactAfterRecords: number) => {
    log = await openSqliteLog({ folder, maxRecordBytes: 100_000, onBackgroundError: () => {}, compactAfterRecords });
    await log.ensureTopic('vectors', { partitions: 2, retention: 'compact' });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-compact-'));
  });
  afterEach(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('starts by itself when enough records are superseded, and keeps the file small', async () => {
    await open(200);
    for (let round = 0; round < 40; round++) await writeRound(log, round);
    await waitUntil('most superseded records are gone', async () => (await count(log)) < KEYS + 200);
    // 40 rounds of 100 records of 16 kB are 64 MB; what is kept is 1.6 MB and at most 200 superseded records.
    await waitUntil('the file is small', async () => fileBytes(folder) < 16_000_000);
    await log.compact();
    expect(await count(log)).toBe(KEYS);
  });

  test('goes on after a restart, and gives the space back', async () => {
    await open(1_000_000);
    for (let round = 0; round < 40; round++) await writeRound(log, round);
    expect(await count(log)).toBe(40 * KEYS);
    await log.close();
    const before = fileBytes(folder);
    await open(200);
    await writeRound(log, 40);
    await waitUntil('the superseded records are gone', async () => (await count(log)) === KEYS);
    await log.compact();
    await log.close();
    expect(fileBytes(folder)).toBeLessThan(before / 4);
    await open(200);
    expect(await count(log)).toBe(KEYS);
  });

  test('lets appends and reads through between its steps', async () => {
    await open(1_000_000);
    for (let round = 0; round < 40; round++) await writeRound(log, round);
    let isDone = false;
    const compacting = log.compact().then(() => {
      isDone = true;
    });
    let appends = 0;
    while (!isDone) {
      await log.append('vectors', [{ key: `new-${appends}`, value: Buffer.alloc(10), headers: {} }]);
      appends += 1;
    }
    await compacting;
    expect(appends).toBeGreaterThan(10);
    expect(await count(log)).toBe(KEYS + appends);
  });
});

async function writeRound(log: SqliteEventLog, round: number): Promise<void> {
  const value = Buffer.alloc(16_000, round);
  await log.append(
    'vectors',
    Array.from({ length: KEYS }, (_, i) => ({ key: `${i}`, value, headers: {} })),
  );
}

async function count(log: SqliteEventLog): Promise<number> {
  let records = 0;
  for (const partition of [0, 1]) {
    for await (const _ of log.read({ topic: 'vectors', partition, from: 0 })) records += 1;
  }
  return records;
}

function fileBytes(folder: string): number {
  return statSync(join(folder, 'log.sqlite')).size;
}
