import { randomBytes } from 'node:crypto';
import { openSqliteLog } from '#log-sqlite';

/** What crash.test.ts starts as a process of its own: `hold` only opens the folder, `append` writes until it is killed. */
async function main(mode: string, folder: string): Promise<void> {
  const log = await openSqliteLog({ folder, maxRecordBytes: 100_000, onBackgroundError: () => {} });
  await log.ensureTopic('events', { partitions: 3, retention: 'forever' });
  process.stdout.write('open\n');
  if (mode === 'hold') setInterval(() => {}, 1000);
  const run = randomBytes(4).toString('hex');
  for (let i = 0; mode === 'append'; i++) {
    // Three callers at a time, five records each: transactions hold several appends.
    const appends = [0, 1, 2].map(async (caller) => {
      const keys = Array.from({ length: 5 }, (_, j) => `${run}/${caller}/${i}/${j}`);
      const records = keys.map((key) => ({ key, value: Buffer.from(key.repeat(200)), headers: { run } }));
      const positions = await log.append('events', records);
      process.stdout.write(keys.map((key, j) => `${JSON.stringify([key, positions[j]])}\n`).join(''));
    });
    await Promise.all(appends);
  }
}

main(process.argv[2] ?? '', process.argv[3] ?? '').catch((error: unknown) => {
  const { code, message } = error as { code?: string; message?: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
  process.exitCode = 1;
});
