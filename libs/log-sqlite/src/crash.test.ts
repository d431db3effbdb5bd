import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogRecord, Position } from '#core';
import { openSqliteLog, type SqliteEventLog } from '#log-sqlite';

const CHILD = join(__dirname, 'crash-child.js');

describe('the log of a process that is killed', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  const lines = new Map<ChildProcess, string[]>();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lookalike-crash-'));
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    rmSync(folder, { recursive: true, force: true });
  });

  function start(mode: 'hold' | 'append'): ChildProcess {
    const child = spawn(process.execPath, [CHILD, mode, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const seen: string[] = [];
    lines.set(child, seen);
    createInterface({ input: child.stdout }).on('line', (line) => seen.push(line));
    return child;
  }

  async function until(child: ChildProcess, count: number): Promise<string[]> {
    const seen = lines.get(child) ?? [];
    const deadline = Date.now() + 20_000;
    while (seen.length < count && child.exitCode === null && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen.length).toBeGreaterThanOrEqual(count);
    return seen;
  }

  test('holds every acknowledged record where it was said to be, in order, and none by half', async () => {
    const acknowledged: [string, Position][] = [];
    for (const count of [1, 100, 2000]) {
      const child = start('append');
      await until(child, 1 + count);
      await kill(child);
      const positions = (lines.get(child) ?? []).filter((it) => it.startsWith('["') && it.endsWith('}]'));
      acknowledged.push(...positions.map((it) => JSON.parse(it)));
    }
    const log = await openSqliteLog({ folder, maxRecordBytes: 100_000, onBackgroundError: () => {} });
    const records = await readAll(log);
    await log.close();
    const byPosition = new Map(records.map((it) => [`${it.partition}/${it.offset}`, it.key]));
    expect(acknowledged.length).toBeGreaterThanOrEqual(2101);
    for (const [key, it] of acknowledged) expect(byPosition.get(`${it.partition}/${it.offset}`)).toBe(key);
    for (const it of records) expect(Buffer.from(it.value ?? []).toString()).toBe(String(it.key).repeat(200));
    // Each append is there as a whole: five records, also those that nobody was told of.
    const perAppend = new Map<string, number>();
    for (const it of records) {
      const append = String(it.key).replace(/\/\d+$/, '');
      perAppend.set(append, (perAppend.get(append) ?? 0) + 1);
    }
    expect([...perAppend.values()].every((count) => count === 5)).toBe(true);
    // Offsets have no gaps.
    for (const partition of [0, 1, 2]) {
      const offsets = records.filter((it) => it.partition === partition).map((it) => it.offset);
      expect(offsets).toEqual(offsets.map((_, i) => i));
    }
  });

  test('is refused to a second process at once, and free again after kill -9', async () => {
    const first = start('hold');
    await until(first, 1);
    await expect(openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} })).rejects.toMatchObject({
      code: 'data-folder-in-use',
      canRetry: false,
      facts: { folder },
    });
    const second = start('hold');
    expect(JSON.parse((await until(second, 1))[0] ?? '')).toMatchObject({ code: 'data-folder-in-use' });
    await kill(first);
    const log = await openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} });
    expect(await log.watermarks('events')).toHaveLength(3);
    await log.close();
  });

  test('is refused to the same process twice', async () => {
    const log = await openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} });
    await expect(openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} })).rejects.toMatchObject({
      code: 'data-folder-in-use',
    });
    await log.ensureTopic('a', { partitions: 1, retention: 'forever' });
    await log.close();
    await (await openSqliteLog({ folder, maxRecordBytes: 1000, onBackgroundError: () => {} })).close();
  });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function readAll(log: SqliteEventLog): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const partition of [0, 1, 2]) {
    for await (const it of log.read({ topic: 'events', partition, from: 0 })) records.push(it);
  }
  return records;
}
