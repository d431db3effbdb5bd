import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Of, truncated } from '#testkit';
import { Collection, idsOf } from './collection.js';
import { type CommandAnswer, endOfCommand, startCommand } from './lookalike-command.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const SECRET = 'Rosa lives at 12 Lime Street';
const ROSA = 'rosa/portrait.jpg';

describe('an image that is erased', () => {
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  let server: ServerProcess;
  let portrait: Photo;
  let others: readonly Photo[];
  beforeAll(async () => {
    [portrait, ...others] = (await pictures(6)) as [Photo, ...Photo[]];
    server = await workplace.start();
    await collection.addAll(others.map(({ name, bytes }) => [name, bytes] as const));
  });
  afterAll(() => workplace.remove());

  /** Several states, one of which became a dead letter. */
  async function publishRosa(): Promise<void> {
    const broken = await collection.add(ROSA, truncated(portrait.bytes, 0.5), { note: SECRET });
    expect(await collection.visible(broken)).toMatchObject({ state: 'failed' });
    await collection.add(ROSA, portrait.bytes, { note: SECRET });
    const last = await collection.patch(ROSA, { note: `${SECRET}, upstairs` });
    expect(await collection.visible(last)).toMatchObject({ state: 'ready' });
  }

  async function erase(...options: readonly string[]): Promise<CommandAnswer> {
    return endOfCommand(await startErasing(...options));
  }

  async function startErasing(...options: readonly string[]) {
    return startCommand(await workplace.env({ LOOKALIKE_URL: server.url }), 'erase', ROSA, ...options);
  }

  /** Wherever the log and the store keep bytes. */
  function bytesKept(): readonly Buffer[] {
    return ['log', 'blobs'].flatMap((folder) =>
      readdirSync(workplace.path(join('data', folder)), { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => readFileSync(join(it.parentPath, it.name))),
    );
  }

  async function expectErased(): Promise<void> {
    expect((await collection.image(ROSA)).body).toMatchObject({ state: 'deleted' });
    expect(idsOf(await collection.search(portrait.bytes, 100))).toHaveLength(others.length);
    expect((await collection.status()).deadLetters).toMatchObject({ open: 0 });
    expect(bytesKept().filter((it) => it.includes(SECRET) || sha256Of(it) === sha256Of(portrait.bytes))).toEqual([]);
  }

  test('asks before it does so', async () => {
    await publishRosa();
    expect(await erase()).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await collection.image(ROSA)).body).toMatchObject({ state: 'ready' });
    expect(bytesKept().some((it) => it.includes(SECRET))).toBe(true);
  });

  test('leaves no byte in the log or the store, and says so', async () => {
    const { code, stdout } = await erase('--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ imageId: ROSA, waitingFor: [], deadLetters: 1, remains: [] });
    expect(code).toBe(0);
    await expectErased();
    expect(await erase('--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining(`${ROSA} is erased.`) });
  });

  test('is gone after a crash in the middle, once it is asked for again', async () => {
    for (const afterMs of [0, 150, 300, 500, 800]) {
      await publishRosa();
      const erasing = await startErasing('--yes');
      const end = endOfCommand(erasing);
      await sleep(afterMs);
      await server.kill();
      erasing.kill('SIGINT');
      await end;
      server = await workplace.start();
      const { code, stderr } = await erase('--yes', '--json');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      await expectErased();
    }
  });

  test('that was never there is told from one that was', async () => {
    const env = await workplace.env({ LOOKALIKE_URL: server.url });
    const nobody = await endOfCommand(await startCommand(env, 'erase', 'nobody', '--yes', '--json'));
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('image-unknown') });
  });

  test('does not spoil the log: the index is proved by it, here and where the log is taken to', async () => {
    await expectClean('--blobs');
    await server.stop();
    const file = workplace.path('collection.ndjson.gz');
    const elsewhere = { LOOKALIKE_DATA_DIR: workplace.path('data-2') };
    const there = await workplace.env(elsewhere);
    for (const [env, ...args] of [
      [await workplace.env(), 'export', file],
      [there, 'import', file],
    ] as const) {
      expect(await endOfCommand(await startCommand(env, 'log', ...args))).toMatchObject({ code: 0 });
    }
    server = await workplace.start(elsewhere);
    await expectClean();
    expect((await collection.image(ROSA)).body).toMatchObject({ state: 'deleted' });
    expect((await collection.status()).images).toMatchObject({ ready: others.length, deleted: 1 });
  });

  async function expectClean(...options: readonly string[]): Promise<void> {
    const env = await workplace.env({ LOOKALIKE_URL: server.url });
    const audit = await endOfCommand(await startCommand(env, 'audit', '--vectors', 'all', '--json', ...options));
    expect(JSON.parse(audit.stdout)).toMatchObject({ report: { verdict: 'clean' } });
  }
});
