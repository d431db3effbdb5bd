import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { idOf, ready, SCHEMA, waitUntil } from '#testkit';

/** Applies batches of one growing version for ever and says which call is done. Killed by the test. */
const WRITER = `
  const { openLanceIndex } = require(process.argv[1]);
  const { ready } = require(process.argv[2]);
  const [folder, first] = process.argv.slice(3);
  openLanceIndex({ folder, flatFloats: 16_000, onBackgroundError: () => {} }).then(async (index) => {
    for (let version = Number(first); ; version++) {
      const ids = Array.from({ length: 40 }, (_, at) => (at < 20 ? 'same-' + at : 'own-' + version + '-' + at));
      await index.apply('one', ids.map((id) => ready(id, version)));
      process.send(version);
    }
  });
`;

test('after kill -9 in the middle of writing every acknowledged record is there once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-crash-'));
  const errors: unknown[] = [];
  const open = () => openLanceIndex({ folder, flatFloats: 16_000, onBackgroundError: (it) => errors.push(it) });
  try {
    const first = await open();
    await first.createGeneration('one', SCHEMA);
    await first.makeLive('one');
    await first.close();
    const done: number[] = [];
    let next = 1;
    // Each is another step of a merge: rows, what is to change, the version that says so.
    for (const [calls, files] of [
      [10, 'data'],
      [30, '_transactions'],
      [60, '_versions'],
    ] as const) {
      done.push(...(await writeUntilKilled(folder, next, calls, files)));
      const index = await open();
      const ids: string[] = [];
      for await (const batch of index.scan()) ids.push(...batch.map((it) => it.imageId));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(done.map((version) => `own-${version}-39`)));
      const [same] = await index.fetch([idOf('same-3')]);
      expect(same?.version).toBeGreaterThanOrEqual(Math.max(...done));
      // As the consumer does: what it has not heard of is applied again, all of it or half of it being there.
      const again = Math.max(...done);
      for (const repeated of [again, again + 1]) {
        const batch = Array.from({ length: 20 }, (_, at) => ready(`own-${repeated}-${at + 20}`, repeated));
        await index.apply('one', batch);
        ids.push(...batch.map((it) => it.imageId as string));
      }
      const version = (same?.version ?? 0) + 1;
      expect(await index.apply('one', [ready('same-3', version)])).toEqual({ applied: 1, stale: 0 });
      next = version + 1;
      await index.settle('one');
      expect((await index.count()).ready).toBe(new Set(ids).size);
      await index.close();
    }
    expect(errors).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

/** Kills after so many calls, at the next file in one of the table's folders. @returns the versions acknowledged. */
async function writeUntilKilled(folder: string, first: number, calls: number, files: string): Promise<number[]> {
  const modules = [require.resolve('#index-lancedb'), require.resolve('#testkit')];
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const writer = spawn(process.execPath, ['-e', WRITER, ...modules, folder, String(first)], { stdio: [...stdio] });
  const done: number[] = [];
  writer.on('message', (version) => {
    done.push(Number(version));
  });
  await waitUntil(`${calls} calls are done`, () => done.length >= calls);
  const [table = 'none'] = (await readdir(folder)).filter((it) => it.endsWith('.lance'));
  const watcher = watch(join(folder, table, files));
  await once(watcher, 'change');
  watcher.close();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  return done;
}
