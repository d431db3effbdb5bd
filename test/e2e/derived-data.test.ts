import { cpSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, sha256Of, truncated } from '#testkit';
import { send } from '../ingest/requests.js';
import { Collection } from './collection.js';
import { type Photo, passedOn, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('what is derived from the log', () => {
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  let server: ServerProcess;
  afterAll(() => workplace.remove());

  test('a deleted index folder is built again from the log', async () => {
    server = await workplace.start();
    const all = await pictures(20);
    const [broken, gone, changed] = all as [Photo, Photo, Photo];
    await collection.addAll(
      all.map(({ name, bytes }) => [name, name === broken.name ? truncated(bytes, 0.5) : bytes] as const),
    );
    await collection.delete(gone.name);
    await collection.patch(changed.name, { colour: 'green' });
    await settled();
    const before = await answers(all);
    expect(before.images).toEqual({ ready: 18, failed: 1, deleted: 1 });

    await server.stop();
    rmSync(workplace.path('data/index'), { recursive: true });
    // Without the pictures nothing can be encoded again: what comes back, comes from the log.
    removeFiles(workplace.path('data/blobs'));
    server = await workplace.start();
    await settled();
    const after = await answers(all);
    expect(after.generation).not.toBe(before.generation);
    expect(after).toEqual({ ...before, generation: after.generation });
  });

  test('an index whose log was deleted stops the start and says what to do', async () => {
    await server.stop();
    rmSync(workplace.path('data/log'), { recursive: true });
    const { exitCode, stderr } = await workplace.failToStart();
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^log-mismatch: .*bring it back.*delete the index/)]);
    rmSync(workplace.path('data/index'), { recursive: true });
    server = await workplace.start();
    expect((await collection.status()).images).toEqual({ ready: 0, failed: 0, deleted: 0 });
  });

  test('a log that is brought back to an earlier day is told by the first change that would lose', async () => {
    const [picture, other] = (await pictures(2)) as [Photo, Photo];
    await collection.visible(await collection.add('brought-back', picture.bytes));
    await server.stop();
    cpSync(workplace.path('data/log'), workplace.path('backup'), { recursive: true });
    server = await workplace.start();
    for (const colour of ['red', 'green', 'blue']) {
      await collection.visible(await collection.patch('brought-back', { colour }));
    }
    await server.stop();
    rmSync(workplace.path('data/log'), { recursive: true });
    renameSync(workplace.path('backup'), workplace.path('data/log'));
    server = await workplace.start();
    await collection.add('brought-back', other.bytes);
    await eventually(async () => {
      const { status, body } = await send(`${server.url}/health/ready`);
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { status: 'error', error: { index: { code: 'log-mismatch', canRetry: false } } },
      });
      expect(body.error.index.detail).toContain('delete the index');
    }, 30_000);
    await server.stop();
    rmSync(workplace.path('data/index'), { recursive: true });
    server = await workplace.start();
    await settled();
    expect((await collection.image('brought-back')).body).toMatchObject({
      state: 'ready',
      sha256: sha256Of(other.bytes),
    });
  });

  /** The stages have nothing left to do. */
  async function settled(): Promise<void> {
    await eventually(async () => {
      const { stages } = await collection.status();
      expect(stages.map(({ lag }: { lag: number }) => lag)).toEqual([0, 0, 0, 0]);
    }, 60_000);
  }

  /** Everything a user can see, but for times and thumbnails. */
  async function answers(all: readonly Photo[]) {
    const { generation, images } = await collection.status();
    const states = [];
    const searches = [];
    for (const { name, bytes } of all) {
      states.push((await collection.image(name)).body);
      const byPicture = await collection.search(await passedOn(bytes), 20);
      const byId = await collection.trySearch(name);
      searches.push(byPicture.results, byId.body.results ?? byId.body.code);
    }
    return { generation, images, states, searches };
  }

  function removeFiles(folder: string): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (statSync(join(folder, name)).isFile()) rmSync(join(folder, name));
    }
  }
});
