import { IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { send } from '../ingest/requests.js';
import { guideCommands, typed } from '../rebuild/guide.js';
import { EmbedderServer } from './embedder-server.js';

const [LATE, BOATS] = ['late', 'boats'].map(plainPicture) as [Buffer, Buffer];

/** Each command ends well as it stands there, with the ids of this collection. */
describe('what operators are told to type', () => {
  let server: EmbedderServer;
  beforeAll(async () => {
    server = await new EmbedderServer(new MemoryVectorIndex()).start();
    await server.blobs.put(BOATS, { maxBytes: 1000 });
    const late = ['b.jpg', 'a.jpg', 'c.jpg'].map((it) => addedEvent(it, stateOf(LATE)));
    const garbage = { key: 'x', value: Buffer.from('{'), headers: {} };
    const boats = addedEvent('holiday/boats.jpg', stateOf(BOATS));
    await server.log.append(IMAGE_EVENTS_TOPIC, [...late, garbage, boats]);
    await deadLetters({ open: 4 });
  });
  afterAll(() => server.stop());

  const deadLetters = (wanted: object) =>
    eventually(async () => expect((await send(`${server.url}/v1/status`)).body.deadLetters).toMatchObject(wanted));
  const said = async (guide: string, own: Readonly<Record<string, string>> = {}) => {
    const answers: string[] = [];
    for (const command of [...guideCommands(guide).values()].flat()) {
      answers.push(await typed(command, { LOOKALIKE_URL: server.url }, own));
    }
    return answers;
  };

  test('about dead letters', async () => {
    const { body } = await send(`${server.url}/v1/dead-letters?reason=blob-missing`);
    const [first, second] = body.letters.map(({ id }: { id: string }) => id);
    await server.blobs.put(LATE, { maxBytes: 1000 });
    const own = { '0-12': first, '1-7': second, '2026-01-31T08:00:00Z': '2020-01-31T08:00:00Z' };
    const [all, missing, one] = await said('dead-letters', own);
    expect(all).toContain('4 letters');
    expect(missing).toContain('3 letters');
    expect(one).toContain('blob-missing');
    await deadLetters({ open: 0, redriven: 3, discarded: 1 });
  });

  test('about pictures that nobody needs', async () => {
    const nothingUnneeded = /^kept +\d+ .*\nwithdrawn +0 /;
    const [wouldBe, done] = await said('collect-blobs');
    expect(wouldBe).toMatch(nothingUnneeded);
    expect(wouldBe).toContain('a dry run');
    expect(done).toMatch(nothingUnneeded);
    expect(done).not.toContain('a dry run');
  });

  test('about an image that is to be forgotten', async () => {
    expect(await said('erase')).toEqual([expect.stringContaining('holiday/boats.jpg')]);
  });

  test('about keys', async () => {
    const keys = await said('secure');
    expect(keys).toHaveLength(3);
    for (const it of keys) expect(it).toMatch(/lk_\S+/);
  });
});
