import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOT_PICTURES, truncated } from '#testkit';
import { endOfCommand, startCommand } from './lookalike-command.js';
import { type Photo, passedOn, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

describe('the command line against the server', () => {
  const workplace = new Workplace();
  const folder = workplace.path('pictures');
  let all: Photo[];
  let server: ServerProcess;

  beforeAll(async () => {
    server = await workplace.start();
    all = await pictures(20);
    mkdirSync(join(folder, 'below'), { recursive: true });
    for (const [at, { name, bytes }] of all.entries()) writeFileSync(join(folder, idOf(name, at)), bytes);
  });
  afterAll(() => workplace.remove());

  test('imports a folder, and a second time sends nothing', async () => {
    const first = await lookalike('import', folder, '--json');
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      uploaded: all.length,
      skipped: 0,
      ready: all.length,
      waiting: 0,
      refused: [],
      failed: [],
      total: all.length,
      interrupted: false,
      unreachable: null,
      encoder: { name: 'vgg16-seeded-fc2', trained: false },
    });
    const second = await lookalike('import', folder, '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ uploaded: 0, skipped: all.length, ready: 0, failed: [] });
  });

  test('searches by a file and by an id', async () => {
    const { name, bytes } = all[3] as Photo;
    const copy = workplace.path('copy.jpg');
    writeFileSync(copy, await passedOn(bytes));
    const byFile = await lookalike('search', copy, '--json', '--limit', '3');
    expect(byFile.code).toBe(0);
    const answer = JSON.parse(byFile.stdout);
    expect(Object.keys(answer).sort()).toEqual([
      ...['encoder', 'generation', 'mode', 'nextCursor', 'results', 'steps', 'tookMs', 'warnings'],
    ]);
    expect(answer.results).toHaveLength(3);
    expect(answer.results[0].imageId).toBe(idOf(name, 3));

    const byId = await lookalike('search', idOf(name, 3), '--json', '--limit', '100');
    expect(byId.code).toBe(0);
    const ids = JSON.parse(byId.stdout).results.map(({ imageId }: { imageId: string }) => imageId);
    expect(ids).toHaveLength(all.length - 1);
    expect(ids).not.toContain(idOf(name, 3));

    const shown = await lookalike('search', copy);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(idOf(name, 3)) });
    expect(shown.stdout).toContain('vgg16-seeded-fc2');
    // An untrained encoder is said to be one on every surface.
    expect(shown.stdout).toMatch(/near-duplicates/);
  });

  test('shows what the server holds', async () => {
    const { code, stdout } = await lookalike('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      encoder: { trained: false },
      images: { ready: all.length, failed: 0, deleted: 0 },
      stages: [
        { name: 'embed', lag: 0 },
        { name: 'redrive', lag: 0 },
        { name: 'index', lag: 0 },
        { name: 'duplicates' },
      ],
    });
    expect(await lookalike('status')).toMatchObject({ code: 0, stdout: expect.stringContaining(`${all.length}`) });
  });

  test('says which files were refused or failed, and why, with exit code 1', async () => {
    const bad = workplace.path('bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'note.txt'), NOT_PICTURES.text);
    writeFileSync(join(bad, 'half.jpg'), truncated(all[0]?.bytes as Buffer, 0.5));
    writeFileSync(join(bad, 'good.jpg'), all[0]?.bytes as Buffer);
    const { code, stdout } = await lookalike('import', bad, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      uploaded: 2,
      ready: 1,
      refused: [{ code: 'picture-not-recognised', count: 1, names: ['note.txt'] }],
      failed: [{ code: 'picture-damaged', count: 1, names: ['half.jpg'] }],
    });
  });

  test.each([
    ['an unknown image', ['search', 'no-such-image', '--json'], 1, 'image-unknown'],
    ['a folder that is not there', ['import', '/no/such/folder', '--json'], 2, '/no/such/folder'],
    ['an unknown option', ['search', 'a', '--colour'], 2, '--colour'],
    ['a server that is not there', ['status', '--json', '--url', 'http://127.0.0.1:9'], 3, '127.0.0.1:9'],
  ])('%s has its exit code', async (_, args, code, what) => {
    const ended = await lookalike(...args);
    expect({ ...ended, stdout: '' }).toEqual({ code, stdout: '', stderr: expect.stringContaining(what) });
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  /** Half of the files are in a folder below. */
  function idOf(name: string, at: number): string {
    return at % 2 === 0 ? name : `below/${name}`;
  }

  async function lookalike(...args: string[]) {
    const env = { PATH: process.env.PATH ?? '', LOOKALIKE_URL: server.url };
    return endOfCommand(await startCommand(env, ...args));
  }
});
