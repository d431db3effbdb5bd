import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLanceIndex } from '#index-lancedb';
import { ready, SCHEMA } from '#testkit';

test('a write to a table whose files are gone fails as damaged, and the index still closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lance-'));
  try {
    const index = await openLanceIndex({ folder, onBackgroundError: () => {} });
    await index.createGeneration('one', SCHEMA);
    await index.apply('one', [ready('a', 1)]);
    const [table] = (await readdir(folder)).filter((it) => it.endsWith('.lance'));
    await rm(join(folder, table ?? 'none'), { recursive: true });
    await expect(index.apply('one', [ready('b', 1)])).rejects.toMatchObject({ code: 'index-damaged' });
    await index.close();
    await expect(index.count({ generation: 'one' })).rejects.toMatchObject({ code: 'index-unavailable' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
