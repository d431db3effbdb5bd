import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { eventually, truncated } from '#testkit';
import { Collection } from './collection.js';
import { endOfCommand, startCommand } from './lookalike-command.js';
import { type Photo, passedOn, pictures } from './photos.js';
import { type Env, type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('a collection that is taken along in a file', () => {
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  const file = workplace.path('collection.ndjson.gz');
  let all: Photo[];
  let server: ServerProcess;
  let before: Awaited<ReturnType<typeof answers>>;
  afterAll(() => workplace.remove());

  test('is not exported while its server runs', async () => {
    server = await workplace.start();
    all = await pictures(12);
    const [broken, gone, changed] = all as [Photo, Photo, Photo];
    await collection.addAll(
      all.map(({ name, bytes }) => [name, name === broken.name ? truncated(bytes, 0.5) : bytes] as const),
    );
    await collection.delete(gone.name);
    await collection.patch(changed.name, { colour: 'green' });
    await settled();
    before = await answers();
    expect(await lookalike({}, 'log', 'export', file, '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('data-folder-in-use'),
    });
    expect(existsSync(file)).toBe(false);
    await server.stop();
  });

  test('is one file afterwards, which is not written over', async () => {
    const exported = await lookalike({}, 'log', 'export', file, '--json');
    expect(exported).toMatchObject({ code: 0 });
    const { records, encoders } = JSON.parse(exported.stdout);
    expect(records).toMatchObject({ 'image-events': 14, 'dead-letters': 1 });
    expect(encoders).toEqual([{ name: 'vgg16-seeded-fc2', fingerprint: expect.any(String) }]);
    expect(await lookalike({}, 'log', 'export', file)).toMatchObject({ code: 2 });
    expect(await lookalike(elsewhere('nothing'), 'log', 'export', workplace.path('x'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LOOKALIKE_DATA_DIR'),
    });
  });

  test('is the same in another folder, where nothing is embedded again', async () => {
    const imported = await lookalike(elsewhere('data-2'), 'log', 'import', file, '--json');
    expect(imported).toMatchObject({ code: 0 });
    expect(JSON.parse(imported.stdout)).toMatchObject({
      resumed: false,
      counts: { events: { imported: 14, leftOut: 0 }, letters: { imported: 1 }, lettersMade: 0, eventsWithBlob: 13 },
    });
    // No picture is there, so nothing could be embedded.
    server = await workplace.start(elsewhere('data-2'));
    await settled();
    expect(await answers()).toEqual(before);
    await server.stop();
    expect(await lookalike(elsewhere('data-2'), 'log', 'import', file, '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('log-mismatch'),
    });
  });

  test('goes through a pipe', async () => {
    const from = await start({}, 'log', 'export', '-');
    const to = await start(elsewhere('data-3'), 'log', 'import', '-');
    from.stdout.pipe(to.stdin);
    const [first, second] = await Promise.all([endOfCommand(from), endOfCommand(to)]);
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('Exported') });
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/Imported.*\n.*events +14 records/) });
  });

  test('a file that is cut off or was changed is refused before anything is written', async () => {
    const [cut, changed] = [workplace.path('cut.gz'), workplace.path('changed.gz')];
    const bytes = readFileSync(file);
    writeFileSync(cut, bytes.subarray(0, bytes.length / 2));
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    writeFileSync(changed, bytes);
    for (const wrong of [cut, changed, workplace.manifest]) {
      expect(await lookalike(elsewhere('data-4'), 'log', 'import', wrong, '--json')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('export-file-invalid'),
      });
    }
    // Not begun, so nothing is gone on with.
    const imported = await lookalike(elsewhere('data-4'), 'log', 'import', file, '--json');
    expect(JSON.parse(imported.stdout)).toMatchObject({ resumed: false });
  });

  test('a pipe that breaks leaves a log that no server starts on, until the import has ended', async () => {
    const bytes = readFileSync(file);
    const importing = await start(elsewhere('data-5'), 'log', 'import', '-', '--json');
    importing.stdin.end(bytes.subarray(0, bytes.length / 2));
    expect(await endOfCommand(importing)).toMatchObject({ code: 1, stderr: expect.stringContaining('cut off') });
    const { stderr } = await workplace.failToStart(elsewhere('data-5'));
    expect(stderr).toMatch(/^log-mismatch: .*lookalike log import/);
    const again = await lookalike(elsewhere('data-5'), 'log', 'import', file, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ resumed: true });
    server = await workplace.start(elsewhere('data-5'));
    await settled();
    expect(await answers()).toEqual(before);
    await server.stop();
  });

  test('an import is stopped by Ctrl-C', async () => {
    const importing = await start(elsewhere('data-6'), 'log', 'import', '-');
    importing.stdin.write(readFileSync(file).subarray(0, 1000));
    await eventually(() => expect(existsSync(workplace.path('data-6/log'))).toBe(true));
    importing.kill('SIGINT');
    expect(await endOfCommand(importing)).toMatchObject({ code: 130, stderr: expect.stringContaining('Stopped.') });
  });

  function elsewhere(name: string): Env {
    return { LOOKALIKE_DATA_DIR: workplace.path(name), LOOKALIKE_PARTITIONS: '3' };
  }

  /** The stages have nothing left to do. */
  async function settled(): Promise<void> {
    await eventually(async () => {
      const { stages } = await collection.status();
      expect(stages.map(({ lag }: { lag: number }) => lag)).toEqual([0, 0, 0, 0]);
    }, 60_000);
  }

  /** Everything a user can see, but for versions, which are places in each log. */
  async function answers() {
    const { images, deadLetters } = await collection.status();
    const found = [];
    for (const { name, bytes } of all) {
      const { version: _, visibleVersion: __, ...state } = (await collection.image(name)).body;
      const { results } = await collection.search(await passedOn(bytes), 20);
      found.push(
        state,
        results.map(({ version: _, ...rest }) => rest),
      );
    }
    return { images, deadLetters, found };
  }

  async function start(env: Env, ...args: string[]) {
    return startCommand(await workplace.env(env), ...args);
  }

  async function lookalike(env: Env, ...args: string[]) {
    return endOfCommand(await start(env, ...args));
  }
});
