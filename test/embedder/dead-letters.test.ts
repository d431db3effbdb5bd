import { DEAD_LETTER_ACTIONS_TOPIC, decodeDeadLetterAction, IMAGE_EVENTS_TOPIC } from '#core';
import { addedEvent, eventually, MemoryVectorIndex, plainPicture, stateOf } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { EmbedderServer } from './embedder-server.js';

const LATE = plainPicture('late');

describe('/v1/dead-letters', () => {
  let server: EmbedderServer;
  let index: MemoryVectorIndex;
  beforeEach(async () => {
    index = new MemoryVectorIndex();
    server = await new EmbedderServer(index).start();
  });
  afterEach(() => server.stop());

  const get = (path = '') => send(`${server.url}/v1/dead-letters${path}`);
  const post = (path: string, body: unknown = {}) => send(`${server.url}/v1/dead-letters${path}`, json('POST', body));
  const counts = async () => (await send(`${server.url}/v1/status`)).body.deadLetters;
  const NONE = { open: 0, redriving: 0, redriven: 0, superseded: 0, discarded: 0, erased: 0 };

  /** Events whose picture is not there yet, and one that is no event. */
  async function setAside(...imageIds: string[]): Promise<void> {
    const garbage = { key: 'garbage', value: Uint8Array.from([0xff, 0]), headers: { from: 'somebody' } };
    const events = imageIds.map((it) => addedEvent(it, stateOf(LATE)));
    await server.log.append(IMAGE_EVENTS_TOPIC, [garbage, ...events]);
    await eventually(async () => expect(await counts()).toEqual({ ...NONE, open: imageIds.length + 1 }));
  }

  test('lists what was set aside, the newest first', async () => {
    await setAside('a', 'b');
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body.next).toBeNull();
    expect(body.letters.map((it: { original: { key: string } }) => it.original.key).sort()).toEqual([
      'a',
      'b',
      'garbage',
    ]);
    const one = await get('?imageId=b&reason=blob-missing&state=open&since=2020-01-01T00:00:00Z&limit=1');
    expect(one.body.letters).toEqual([
      {
        id: expect.stringMatching(/^0-\d$/),
        state: 'open',
        time: expect.stringMatching(/Z$/),
        reason: { code: 'blob-missing', message: expect.any(String) },
        original: {
          topic: IMAGE_EVENTS_TOPIC,
          partition: 0,
          offset: 2,
          key: 'b',
          time: expect.stringMatching(/Z$/),
          sizeBytes: expect.any(Number),
        },
      },
    ]);
    expect((await get('?until=2020-01-01')).body).toEqual({ letters: [], next: null });
  });

  test('goes on where a page ended', async () => {
    await setAside('a', 'b');
    const ids: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: { body: { letters: { id: string }[]; next: string | null } } = await get(
        `?limit=1${next === '' ? '' : `&cursor=${next}`}`,
      );
      ids.push(...body.letters.map(({ id }) => id));
      next = body.next;
    }
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  test('shows one whole, as text or in Base64', async () => {
    await setAside('a');
    const shown = async (key: string) => {
      const { id } = (await get(`?imageId=${key}`)).body.letters[0];
      return (await get(`/${id}`)).body;
    };
    const garbage = await shown('garbage');
    expect(garbage).toMatchObject({
      state: 'open',
      reason: { code: 'invalid-event' },
      original: { offset: 0, headers: { from: 'somebody' }, value: { encoding: 'base64', data: '/wA=' } },
      lastAction: null,
    });
    const { original } = await shown('a');
    expect(original.value.encoding).toBe('utf8');
    expect(JSON.parse(original.value.data)).toEqual(stateOf(LATE));
    expect(original.headers.ce_subject).toBe('a');
  });

  test('a picture that came late is found once its event was sent again', async () => {
    await setAside('a');
    const { id } = (await get('?imageId=a')).body.letters[0];
    expect((await post(`/${id}/redrive`)).status).toBe(202);
    // It is still not there.
    await eventually(async () => expect((await get(`/${id}`)).body.lastAction?.action).toBe('failed'));
    expect((await get(`/${id}`)).body).toMatchObject({
      state: 'open',
      lastAction: { reason: { code: 'blob-missing' } },
    });
    await server.blobs.put(LATE, { maxBytes: 1000 });
    const { status, body } = await post(`/${id}/redrive`);
    expect({ status, id: body.id }).toEqual({ status: 202, id });
    await eventually(async () => expect((await get(`/${id}`)).body.state).toBe('redriven'));
    await eventually(async () => expect((await index.count()).ready).toBe(1));
    const [image] = await index.fetch(['a' as never]);
    expect(image).toMatchObject({ version: 1, state: 'ready' });
    expect(await counts()).toEqual({ ...NONE, open: 1, redriven: 1 });
  });

  test('all with a reason are sent again, or are done with, in one go', async () => {
    await setAside('a', 'b', 'c');
    await server.blobs.put(LATE, { maxBytes: 1000 });
    expect(await post('/redrive', { reason: 'blob-missing' })).toMatchObject({
      status: 202,
      body: { count: 3, next: null },
    });
    await eventually(async () => expect(await counts()).toEqual({ ...NONE, open: 1, redriven: 3 }));
    expect(await post('/discard', { reason: 'invalid-event', imageId: 'another' })).toMatchObject({
      body: { count: 0 },
    });
    expect(await post('/discard', { reason: 'invalid-event' })).toMatchObject({ status: 200, body: { count: 1 } });
    expect(await counts()).toEqual({ ...NONE, redriven: 3, discarded: 1 });
    await eventually(async () => expect((await index.count()).ready).toBe(3));
  });

  test('what is done is in the log, with who did it and when', async () => {
    await setAside();
    const { id } = (await get()).body.letters[0];
    expect((await post(`/${id}/discard`)).body).toEqual({ id, state: 'discarded' });
    const actions = [];
    for await (const record of server.log.read({ topic: DEAD_LETTER_ACTIONS_TOPIC, partition: 0, from: 0 })) {
      actions.push(decodeDeadLetterAction(record));
    }
    expect(actions).toEqual([
      { letter: { partition: 0, offset: 0 }, action: 'discard', by: null, atMs: expect.any(Number) },
    ]);
    expect((await get(`/${id}`)).body.lastAction).toEqual({
      action: 'discard',
      by: null,
      time: expect.stringMatching(/Z$/),
    });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['state=lost', 'state'],
    ['since=yesterday', 'since'],
    ['until=1', 'until'],
    ['cursor=x', 'cursor'],
    ['cursor=WzAsLTFd', 'cursor'],
    ['imageId=', 'imageId'],
    ['colour=red', 'colour'],
  ])('refuses ?%s and names the field', async (query, field) => {
    const { status, body } = await get(`?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ field });
  });

  test('refuses to act on all letters whatever their reason', async () => {
    expect(await post('/redrive')).toMatchObject({ status: 400, body: { errors: [{ field: 'reason' }] } });
  });

  test.each(['/0-7', '/9-0', '/x'])('knows no %s', async (path) => {
    for (const answer of [get(path), post(`${path}/redrive`), post(`${path}/discard`)]) {
      expect(await answer).toMatchObject({ status: 404, body: { code: 'dead-letter-unknown' } });
    }
  });
});
