import { type ErrorCode, encodeImageEvent, IMAGE_EVENTS_TOPIC, LookalikeError, parseImageId } from '#core';
import { eventually, MemoryVectorIndex } from '#testkit';
import { send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

describe('GET /health/ready', () => {
  let index: MemoryVectorIndex;
  let server: EmbedderServer;
  beforeEach(async () => {
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index).start();
  });
  afterEach(() => server.stop());

  const ask = () => send(`${server.url}/health/ready`);
  const broken = (code: ErrorCode) => new LookalikeError(code, 'secret /srv/data');
  const up = (part: string) => [part, { status: 'up' }];
  const since = expect.stringMatching(/^\d{4}-.*Z$/);

  test('is 200 while stages work and the index can be read', async () => {
    expect(await ask()).toMatchObject({ status: 200, body: { status: 'ok', error: {} } });
    const { body } = await ask();
    expect(body.info).toEqual(Object.fromEntries(['embed', 'redrive', 'index', 'search', 'pictures'].map(up)));
  });

  test('tells nothing of pictures where none are read', async () => {
    const indexing = await new EmbedderServer(new MemoryVectorIndex(), { LOOKALIKE_ROLES: 'index' }).start();
    try {
      const { body } = await send(`${indexing.url}/health/ready`);
      expect(Object.keys(body.info)).toEqual(['index', 'search']);
    } finally {
      await indexing.stop();
    }
  });

  test.each([
    ['index-damaged', false, expect.stringContaining('delete the folder of the index')],
    ['index-unavailable', true, expect.stringContaining('cannot be reached')],
    ['internal', false, 'The log of the server has the reason.'],
  ] as const)('is 503 with the reason while the index is %s, and 200 afterwards', async (code, canRetry, detail) => {
    const check = jest.spyOn(index, 'check').mockRejectedValue(broken(code));
    const answer = await ask();
    expect(answer.status).toBe(503);
    const down = { status: 'down', during: 'read', code, detail, canRetry, since };
    expect(answer.body).toMatchObject({ status: 'error', error: { search: down }, details: { search: down } });
    expect(Object.keys(answer.body.error)).toEqual(['search']);
    expect((await ask()).body).toEqual(answer.body);
    check.mockRestore();
    expect(await ask()).toMatchObject({ status: 200, body: { error: {} } });
  });

  test('is 503 while the index stage cannot apply, however often it tries', async () => {
    const apply = jest.spyOn(index, 'apply').mockRejectedValue(broken('index-damaged'));
    await server.log.append(IMAGE_EVENTS_TOPIC, [deleted('a')]);
    await eventually(() => expect(apply.mock.calls.length).toBeGreaterThan(2));
    const answer = await ask();
    expect(answer.status).toBe(503);
    const detail = expect.stringContaining('delete the folder of the index');
    const fault = { status: 'down', during: 'effect', code: 'index-damaged', detail, canRetry: false, since };
    expect(answer.body.error).toEqual({ index: fault });
    apply.mockRestore();
    await eventually(async () => expect((await ask()).status).toBe(200));
    expect(await index.count()).toEqual({ ready: 0, failed: 0, deleted: 1 });
  });

  test('reads the index once at a time, however many ask, and waits no longer than it has to', async () => {
    let end = () => {};
    const check = jest.spyOn(index, 'check').mockImplementation(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    const asked = [ask(), ask(), ask()];
    for (const { status, body } of await Promise.all(asked)) {
      expect(status).toBe(503);
      expect(body.error.search).toMatchObject({ code: 'timed-out', during: 'read' });
    }
    expect(check).toHaveBeenCalledTimes(1);
    end();
    check.mockRestore();
    await eventually(async () => expect((await ask()).status).toBe(200));
  });
});

function deleted(id: string) {
  const head = { imageId: parseImageId(id), eventId: id, source: '/test', timeMs: 0 };
  return encodeImageEvent({ ...head, kind: 'deleted' });
}
