import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteLog } from '#log-sqlite';
import { eventLogContract } from '#testkit';

eventLogContract('The log in SQLite', async ({ maxRecordBytes }) => {
  const root = mkdtempSync(join(tmpdir(), 'lookalike-log-'));
  let generation = 0;
  const folder = () => join(root, `${generation}`);
  let log = await openSqliteLog({ folder: folder(), maxRecordBytes, onBackgroundError: () => {} });
  return {
    log,
    // The files as they lie while the log is open are what a crash leaves; crash.test.ts kills real processes.
    reopen: async () => {
      const [before, crashed] = [folder(), log];
      generation += 1;
      cpSync(before, folder(), { recursive: true });
      await crashed.close();
      log = await openSqliteLog({ folder: folder(), maxRecordBytes, onBackgroundError: () => {} });
      return log;
    },
    cleanup: async () => {
      await log.close();
      rmSync(root, { recursive: true, force: true });
    },
    compact: () => log.compact(),
  };
});
