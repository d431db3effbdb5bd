import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { VectorIndex } from '#core';
import { openLanceIndex } from '#index-lancedb';
import { openSqliteLog } from '#log-sqlite';
import { proveOnReal } from './real-adapters.js';
import type { Disks } from './world.js';

beforeAll(() => Logger.overrideLogger(false));

test('the embedded log and index go through schedules of reindexes and faults', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'lookalike-proof-'));
  try {
    await proveOnReal('SQLite and LanceDB', () => embeddedDisks(parent));
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}, 600_000);

async function embeddedDisks(parent: string): Promise<Disks> {
  const folder = await mkdtemp(join(parent, 'schedule-'));
  const onBackgroundError = (error: unknown) => {
    throw error;
  };
  const log = await openSqliteLog({ folder: join(folder, 'log'), maxRecordBytes: 1_000_000, onBackgroundError });
  const opened: VectorIndex[] = [];
  return {
    log,
    openIndex: async () => {
      const index = await openLanceIndex({ folder: join(folder, `index-${opened.length}`), onBackgroundError });
      opened.push(index);
      return index;
    },
    close: async () => {
      await log.close();
      await Promise.all(opened.map((it) => it.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
