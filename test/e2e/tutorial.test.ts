import { describeWith, eventually } from '#testkit';
import { makeSamples } from '#vision';
import { samplePhotos } from '../../apps/cli/src/quickstart/samples.js';
import { runCommand } from '../../apps/cli/test/run-command.js';
import { send } from '../ingest/requests.js';
import { guideCommands, runnable, shellOf, typed } from '../rebuild/guide.js';
import { type ServerProcess, Workplace } from './server-process.js';
import { ShellProcess } from './shell-process.js';

jest.setTimeout(240_000);

const PAGE = 'docs/tutorials/ten-minutes.md';
const PHOTOS = samplePhotos();

describeWith('sample photos', PHOTOS.length === 9)('the tutorial', () => {
  const workplace = new Workplace();
  const commands = guideCommands('ten-minutes', 'tutorials');
  let server: ServerProcess;
  beforeAll(async () => {
    server = await workplace.start();
    const samples = workplace.path('samples');
    await makeSamples(PHOTOS, samples);
    const { code, stderr } = await runCommand(['import', samples], { LOOKALIKE_URL: server.url });
    expect([code, stderr]).toEqual([0, expect.anything()]);
    await eventually(async () => expect((await duplicates()).waiting).toBe(0), 60_000);
  });
  afterAll(() => workplace.remove());

  const duplicates = async () => (await send(`${server.url}/v1/duplicates`)).body;
  const section = async (heading: string, own: Readonly<Record<string, string>> = {}) => {
    const said: string[] = [];
    for (const it of commands.get(heading) ?? []) said.push(await typed(it, { LOOKALIKE_URL: server.url }, own));
    return said;
  };
  const groups = (count: number, images: number) =>
    eventually(async () => expect((await duplicates()).totals).toMatchObject({ groups: count, images }), 60_000);

  test('its commands are of those sections that are followed here', () => {
    expect([...commands.keys()]).toEqual([
      'Search',
      'See what is there twice',
      'Decide',
      'Change your mind',
      'Throw the index away',
    ]);
  });

  test('a search shows what looks alike, and one for copies finds them however they lie', async () => {
    const [alike = '', copies = ''] = await section('Search');
    for (const edit of ['cropped', 'recompressed', 'recoloured']) expect(alike).toContain(`nagasaki-boats/${edit}.jpg`);
    for (const edit of ['original', 'cropped', 'recompressed', 'recoloured']) {
      expect(copies).toContain(`nagasaki-boats/${edit}.jpg`);
    }
    expect(copies).not.toContain('black-canyon');
  });

  test('what is there twice is known, decided about and had back', async () => {
    expect(await section('See what is there twice')).toEqual([expect.stringContaining('9 groups of 45 images')]);
    const [kept, , wouldDelete, deleted, left] = await section('Decide');
    expect(kept).toContain('2 images are kept.');
    expect(wouldDelete).toContain('Nothing was deleted.');
    const count = /^Deleted (\d+) images of 9 groups, \d+ kept/.exec(deleted ?? '')?.[1];
    expect(Number(count)).toBeGreaterThanOrEqual(35);
    expect(left).toMatch(/groups|duplicates/);
    await groups(0, 0);
    const { body } = await send(`${server.url}/v1/duplicates/decisions`);
    const [last] = body.decisions;
    await section('Change your mind', { DECISION: last.id });
    await groups(1, last.kept.length + last.removed.length);
  });

  test('an index that is thrown away is built again, and what was decided is still so', async () => {
    const { totals } = await duplicates();
    await server.stop();
    const { LOOKALIKE_DATA_DIR: _, ...env } = await workplace.env();
    const shell = new ShellProcess(runnable(shellOf(PAGE).get('Throw the index away') ?? ''), workplace.folder, env);
    try {
      const [, url = ''] = await shell.says(/lookalike is ready: (\S+)/);
      await eventually(async () => {
        const { body } = await send(`${url}/v1/duplicates`);
        expect(body).toMatchObject({ totals, waiting: 0 });
      }, 60_000);
      const { body } = await send(`${url}/v1/duplicates/decisions`);
      expect(body.decisions.some(({ decision }: { decision: string }) => decision === 'keep')).toBe(true);
    } finally {
      await shell.interrupt();
    }
  });
});
