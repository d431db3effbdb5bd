import sharp from 'sharp';
import { eventually } from '#testkit';
import { send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { guideCommands, typed } from '../rebuild/guide.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

describe('the guide to duplicates', () => {
  const workplace = new Workplace();
  const commands = guideCommands('duplicates');
  let server: ServerProcess;
  beforeAll(async () => {
    server = await workplace.start();
    const collection = new Collection(() => server.url);
    const cat = await samplePicture('locomotion-house-cat');
    const small = await sharp(cat).resize({ width: 200 }).jpeg().toBuffer();
    for (const [id, picture] of [
      ['cat.jpg', cat],
      ['small-cat.jpg', small],
      ['boats.jpg', await samplePicture('nagasaki-boats')],
      ['same-boats.jpg', await samplePicture('nagasaki-boats')],
    ] as const) {
      await collection.visible(await collection.add(id, picture));
    }
    await groups(2);
  });
  afterAll(() => workplace.remove());

  const section = async (heading: string, own: Readonly<Record<string, string>> = {}) => {
    const said: string[] = [];
    for (const it of commands.get(heading) ?? []) said.push(await typed(it, { LOOKALIKE_URL: server.url }, own));
    return said;
  };
  const groups = (count: number) =>
    eventually(async () => {
      const { body } = await send(`${server.url}/v1/duplicates`);
      expect(body.totals).toMatchObject({ groups: count });
    }, 30_000);
  const decision = (said: string | undefined) => /undo ([\w-]{36})/.exec(said ?? '')?.[1] ?? '';
  const undo = (said: string | undefined) => section('Take it back', { DECISION: decision(said) });

  test('its commands are all of those sections that are followed here', () => {
    expect([...commands.keys()]).toEqual([
      'See them',
      'Settle what may stay',
      'Keep one of a group',
      'Keep one of every group',
      'Take it back',
    ]);
  });

  test('lists groups with their largest image first', async () => {
    const [byImages, byBytes] = await section('See them');
    expect(byImages).toContain('2 groups of 4 images');
    expect(byImages).toMatch(/cat\.jpg +\d+ × \d+.*\n +small-cat\.jpg +200 × \d+.*same-picture/);
    expect(byBytes).toMatch(/^ +same-boats\.jpg.*identical$/m);
  });

  test('what is settled is not listed again, until that is taken back', async () => {
    const said = await section('Settle what may stay', { IMAGE: 'cat.jpg', ANOTHER: 'small-cat.jpg' });
    expect(said).toEqual([
      expect.stringContaining('2 images are no duplicates of each other.'),
      expect.stringContaining('2 images are kept.'),
    ]);
    await groups(1);
    for (const it of said) expect((await undo(it)).at(-1)).toContain('Took back');
    await groups(2);
  });

  test('one of a group stays, and the others can be had back', async () => {
    const [first, second] = await section('Keep one of a group', { IMAGE: 'small-cat.jpg', ANOTHER: 'cat.jpg' });
    expect(first).toContain('This would delete 1 image of 1 group, 1 kept:\n  small-cat.jpg\n');
    expect(second).toContain('Deleted 1 image of 1 group, 1 kept:\n  small-cat.jpg\n');
    await groups(1);
    const [decisions] = await undo(second);
    expect(decisions).toMatch(new RegExp(`^${decision(second)} +resolve +1 kept, 1 deleted`, 'm'));
    await groups(2);
  });

  test('one of every group stays where that is said', async () => {
    const [first, second] = await section('Keep one of every group');
    expect(first).toContain('This would delete 2 images of 2 groups, 2 kept:');
    expect(second).toContain('Deleted 2 images of 2 groups, 2 kept:');
    await groups(0);
    expect((await section('See them'))[0]).toContain('There are no duplicates to be decided about.');
  });
});
