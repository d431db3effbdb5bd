import { Client } from '#client';
import { DuplicateGroups } from '#search';
import { eventually } from '#testkit';
import { type Answer, form, json, send } from '../ingest/requests.js';
import { scrape, series } from '../metrics/exposition.js';
import { QueryServer } from './query-server.js';
import { samplePicture } from './sample-pictures.js';

jest.setTimeout(120_000);

const STORM = 300;
/** Searches under way are given up after 30 s. */
const PATIENCE_MS = 20_000;
const SETTINGS = {
  LOOKALIKE_MAX_SEARCHES_AT_ONCE: '2',
  LOOKALIKE_MAX_SEARCHES_WAITING: '6',
  LOOKALIKE_MAX_UPLOADS_AT_ONCE: '5',
};

/** What holds up requests until it opens. */
class Gate {
  open = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

describe('a storm of requests', () => {
  let server: QueryServer;
  let gate: Gate;
  let cat: Buffer;

  beforeEach(async () => {
    cat = await samplePicture('locomotion-house-cat');
    gate = new Gate();
    server = await new QueryServer().start(SETTINGS);
    await server.makeLive();
    await server.addPicture('cat', cat);
    await server.addPicture('boats', await samplePicture('nagasaki-boats'));
  });
  afterEach(async () => {
    gate.open();
    await server.stop();
    jest.restoreAllMocks();
  });

  const holdUp = (method: 'search' | 'list') => {
    const unheld = server.index[method].bind(server.index) as (request: unknown) => Promise<never>;
    jest.spyOn(server.index, method).mockImplementation(async (request: unknown) => {
      await gate.opened;
      return unheld(request);
    });
  };
  const holdUpDuplicates = () => {
    const groups = server.part(DuplicateGroups);
    const unheld = groups.current.bind(groups);
    jest.spyOn(groups, 'current').mockImplementation(async () => {
      await gate.opened;
      return unheld();
    });
  };
  const queues = async () => series(await scrape(server.url), 'lookalike_queue_depth');
  const search = () => send(`${server.url}/v1/search`, json('POST', { imageId: 'cat' }));
  const list = () => send(`${server.url}/v1/images`);

  /** Asks all at once; when all but `places` are refused, looks at what is taken, and lets the others go on. */
  async function storm(ask: () => Promise<Answer>, places: number, taken: Record<string, number>, end = gate.open) {
    const answered: Answer[] = [];
    const all = Array.from({ length: STORM }, async () => {
      const answer = await ask();
      answered.push(answer);
      return answer;
    });
    await eventually(async () => expect(answered).toHaveLength(STORM - places), PATIENCE_MS);
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([429]));
    for (const { headers, body } of answered) {
      expect(headers.get('retry-after')).toBe('1');
      expect(body).toMatchObject({ code: 'too-many-requests', canRetry: true });
      expect(body.detail).toMatch(/Try again in a moment\.$/);
    }
    expect(await queues()).toMatchObject(taken);
    await end();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((it) => it === 200)).toHaveLength(places);
    expect(statuses.filter((it) => it === 429)).toHaveLength(STORM - places);
    expect(await queues()).toMatchObject(Object.fromEntries(Object.keys(taken).map((name) => [name, 0])));
    expect((await ask()).status).toBe(200);
  }

  test('that search is refused but for those that may run and wait; others are served meanwhile', async () => {
    holdUp('search');
    await storm(search, 8, { searches_running: 2, searches_waiting: 6 }, async () => {
      expect((await list()).status).toBe(200);
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      gate.open();
    });
  });

  test('that search by pictures keeps few of them in memory', async () => {
    holdUp('search');
    const ask = () => send(`${server.url}/v1/search`, { method: 'POST', body: form(['file', cat]) });
    await storm(ask, 5, { search_uploads: 5, searches_running: 2, searches_waiting: 3 });
  });

  test('that list images is refused but for those that may run and wait', async () => {
    holdUp('list');
    await storm(list, 68, { browsing_running: 4, browsing_waiting: 64 });
  });

  test('that list duplicates is refused but for those that may run and wait', async () => {
    const ask = () => send(`${server.url}/v1/duplicates`);
    await eventually(async () => expect((await ask()).status).toBe(200), PATIENCE_MS);
    holdUpDuplicates();
    await storm(ask, 68, { duplicates_running: 4, duplicates_waiting: 64 });
  });

  test('that wait for an image to become visible is refused but for so many', async () => {
    const { version } = await server.addPicture('late', cat);
    const ask = () => send(`${server.url}/v1/images/late?minVersion=${version + 1}&wait=30`);
    await storm(ask, 256, { visibility_waits: 256 }, async () => {
      await server.addPicture('late', cat);
    });
  });

  test('of clients that keep to Retry-After ends with an answer for each', async () => {
    holdUp('search');
    let refused = 0;
    const onRetry = () => {
      refused += 1;
    };
    const clients = Array.from(
      { length: 20 },
      () => new Client({ url: server.url, retry: { giveUpAfterMs: 60_000, onRetry } }),
    );
    const answers = clients.map((it) => it.post('/v1/search', { body: { imageId: 'cat' } }));
    await eventually(async () => expect(refused).toBeGreaterThanOrEqual(12), PATIENCE_MS);
    gate.open();
    for (const { results } of await Promise.all(answers)) expect(results[0]?.imageId).toBe('boats');
  });
});
