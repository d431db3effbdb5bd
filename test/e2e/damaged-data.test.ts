import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '#testkit';
import { send } from '../ingest/requests.js';
import { Collection, idsOf } from './collection.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('damaged data', () => {
  let workplace: Workplace;
  let server: ServerProcess;
  const collection = new Collection(() => server.url);
  let first: Photo;
  let second: Photo;
  let third: Photo;
  beforeAll(async () => {
    [first, second, third] = (await pictures(3)) as [Photo, Photo, Photo];
  });
  const add = async (...some: readonly Photo[]) => {
    for (const { name, bytes } of some) await collection.visible(await collection.add(name, bytes));
  };

  beforeEach(async () => {
    workplace = new Workplace();
    // A batch that cannot be written holds back the stop as long as it may.
    server = await workplace.start({ LOOKALIKE_SHUTDOWN_TIMEOUT_SECONDS: '2' });
    await add(first, second);
  });
  afterEach(() => workplace.remove());

  test('of the index refuses the start, and what the refusal says to do helps', async () => {
    await server.stop();
    for (const path of filesOf('data/index', /\.lance\/data\//))
      truncateSync(path, Math.floor(statSync(path).size / 2));
    const { exitCode, stderr } = await workplace.failToStart();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^index-damaged: .*\n$/) });
    const [, folder = ''] = /delete the folder (\S+) and start it again/.exec(stderr) ?? [];
    expect(folder).toBe(workplace.path('data/index'));
    rmSync(folder, { recursive: true });
    server = await workplace.start();
    await expectFound(first, second);
  });

  test('of the index while the server runs turns it red and says so; what it takes meanwhile is not lost', async () => {
    for (const path of filesOf('data/index', /\.lance\/data\//)) rmSync(path);
    const broken = { status: 500, body: { code: 'index-damaged', canRetry: false } };
    expect(await collection.trySearch(first.bytes)).toMatchObject(broken);
    expect(await send(`${server.url}/health/ready`)).toMatchObject({
      status: 503,
      body: { status: 'error', error: { search: { code: 'index-damaged', during: 'read', canRetry: false } } },
    });
    const added = await collection.add(third.name, third.bytes);
    await collection.add(first.name, first.bytes);
    await eventually(async () => {
      const { body } = await send(`${server.url}/health/ready`);
      expect(body.error.index).toMatchObject({ code: 'index-damaged', during: 'effect' });
    }, 30_000);
    await server.stop();
    rmSync(workplace.path('data/index'), { recursive: true });
    server = await workplace.start();
    expect(await collection.visible(added)).toMatchObject({ state: 'ready' });
    await expectFound(first, second, third);
  });

  test('of the log refuses the start and does not speak of trying again', async () => {
    await server.stop();
    const path = workplace.path('data/log/log.sqlite');
    const { size } = statSync(path);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(size / 2, 0xa5), 0, size / 2, size / 4);
    closeSync(file);
    const { exitCode, stderr } = await workplace.failToStart();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^log-damaged: .*\n$/) });
    expect(stderr).toContain(path);
    expect(stderr).toContain('backup');
    expect(stderr).not.toMatch(/again|later|wait/);
  });

  async function expectFound(...some: readonly Photo[]): Promise<void> {
    await eventually(async () => expect((await collection.status()).images.ready).toBe(some.length), 60_000);
    for (const { name, bytes } of some) expect(idsOf(await collection.search(bytes, 1))).toEqual([name]);
  }

  function filesOf(folder: string, kind: RegExp): string[] {
    const found = readdirSync(workplace.path(folder), { recursive: true, withFileTypes: true });
    const paths = found.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
    return paths.filter((it) => kind.test(it));
  }
});
