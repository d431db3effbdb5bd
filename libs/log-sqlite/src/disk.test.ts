import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '#core';
import { openSqliteLog, type SqliteEventLog } from '#log-sqlite';
import { describeWith } from '#testkit';

const UNAVAILABLE = { code: 'log-unavailable', canRetry: true };

describeWith('the right to mount a small file system', canMount())('the log on a disk', () => {
  let mountPoint: string;
  let log: SqliteEventLog;
  const open = async () => {
    log = await openSqliteLog({
      folder: join(mountPoint, 'log'),
      maxRecordBytes: 1_000_000,
      onBackgroundError: () => {},
    });
    await log.ensureTopic('events', { partitions: 2, retention: 'forever' });
  };

  beforeEach(() => {
    mountPoint = mkdtempSync(join(tmpdir(), 'lookalike-disk-'));
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mountPoint);
  });
  afterEach(async () => {
    await log.close();
    execFileSync('umount', [mountPoint]);
    rmSync(mountPoint, { recursive: true });
  });

  test('that is full refuses an append as a whole, and takes it again once there is room', async () => {
    const filler = join(mountPoint, 'filler');
    writeFileSync(filler, Buffer.alloc(1_000_000));
    await open();
    const written: string[] = [];
    await expect(fill(log, written)).rejects.toMatchObject(UNAVAILABLE);
    expect(written.length).toBeGreaterThan(5);
    await expect(log.append('events', pair('again', 400_000))).rejects.toMatchObject(UNAVAILABLE);
    expect((await readAll(log)).sort()).toEqual([...written].sort());

    rmSync(filler);
    await log.append('events', pair('room', 10_000));
    written.push('room/0', 'room/1');
    expect((await readAll(log)).sort()).toEqual([...written].sort());
    await log.close();
    await open();
    expect((await readAll(log)).sort()).toEqual([...written].sort());
  });

  test('that is read-only is refused at opening, and everything works again when it is writable', async () => {
    await open();
    await log.append('events', pair('before', 10));
    const limits = { maxRecords: 10, maxBytes: 1000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic: 'events', group: 'group', limits });
    const [{ partition, offset }] = (await subscription.next()) as [LogRecord];
    await log.close();

    mount('-o', 'remount,ro', mountPoint);
    await expect(open()).rejects.toMatchObject(UNAVAILABLE);
    mount('-o', 'remount,rw', mountPoint);
    await open();
    const again = await log.subscribe({ topic: 'events', group: 'group', limits });
    await again.next();
    await again.commit(new Map([[partition, offset + 1]]));
    expect(await log.committed('events', 'group')).toEqual(new Map([[partition, offset + 1]]));
  });

  test('whose folder cannot be made is unavailable', async () => {
    await open();
    mkdirSync(join(mountPoint, 'other'));
    mount('-o', 'size=4k', '-t', 'tmpfs', 'tmpfs', join(mountPoint, 'other'));
    try {
      const folder = join(mountPoint, 'other', 'log');
      await expect(openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} })).rejects.toMatchObject(
        UNAVAILABLE,
      );
    } finally {
      execFileSync('umount', [join(mountPoint, 'other')]);
    }
  });
});

/** Writes until the disk is full; every call's two records of two keys are there or not. */
async function fill(log: SqliteEventLog, written: string[]): Promise<void> {
  for (let i = 0; ; i++) {
    await log.append('events', pair(`${i}`, 50_000));
    written.push(`${i}/0`, `${i}/1`);
  }
}

function pair(name: string, sizeBytes: number) {
  return [0, 1].map((i) => ({ key: `${name}/${i}`, value: Buffer.alloc(sizeBytes, 1), headers: {} }));
}

async function readAll(log: SqliteEventLog): Promise<string[]> {
  const keys: string[] = [];
  for (const partition of [0, 1]) {
    for await (const it of log.read({ topic: 'events', partition, from: 0 })) keys.push(String(it.key));
  }
  return keys;
}

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-mount-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
