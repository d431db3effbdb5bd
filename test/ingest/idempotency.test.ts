import { sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, json, OTHER_PHOTO, PHOTO, send } from './requests.js';

describe('Idempotency-Key', () => {
  let server: IngestServer;
  beforeEach(async () => {
    server = await startIngest();
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
  });
  afterEach(() => server.close());

  const upload = (key: string, picture: Buffer, to = server) =>
    send(`${to.url}/v1/images`, { method: 'POST', body: form(['file', picture]), headers: { 'idempotency-key': key } });
  const add = (key: string, imageId: string) =>
    send(
      `${server.url}/v1/images`,
      json('POST', { imageId, uri: `blob:${sha256Of(PHOTO)}` }, { 'idempotency-key': key }),
    );

  test('a repeat gets the first answer and writes nothing', async () => {
    const first = await upload('k', PHOTO);
    const again = await upload('k', PHOTO);
    expect(first.status).toBe(202);
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await server.events()).toHaveLength(1);
  });

  test('two at the same time run once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => upload('k', PHOTO)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await server.events()).toHaveLength(1);
  });

  test('after a restart a repeat means the same image and the same event', async () => {
    const first = await upload('k', PHOTO);
    const fresh = await startIngest();
    const again = await upload('k', PHOTO, fresh);
    expect(again.body.imageId).toBe(first.body.imageId);
    const ids = [...(await server.events()), ...(await fresh.events())].map(({ event }) => event.eventId);
    expect(new Set(ids).size).toBe(1);
    await fresh.close();
  });

  test('different keys are different images', async () => {
    expect((await upload('k1', PHOTO)).body.imageId).not.toBe((await upload('k2', PHOTO)).body.imageId);
  });

  test('the same key with another picture, id, method or path is refused', async () => {
    await upload('k', PHOTO);
    const headers = { 'idempotency-key': 'k' };
    const others = [
      upload('k', OTHER_PHOTO),
      add('k', 'a'),
      send(`${server.url}/v1/images/a`, { method: 'DELETE', headers }),
      send(`${server.url}/v1/images/a`, json('PATCH', { attributes: {} }, headers)),
    ];
    for (const answer of await Promise.all(others)) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    }
    expect(await server.events()).toHaveLength(1);
  });

  test('changes of every kind are repeatable', async () => {
    await add('k1', 'a');
    const headers = (key: string) => ({ 'idempotency-key': key });
    const uri = `blob:${sha256Of(PHOTO)}`;
    for (const init of [
      json('PATCH', { attributes: { x: 1 } }, headers('k2')),
      json('PUT', { uri }, headers('k3')),
      { method: 'DELETE', headers: headers('k4') },
    ]) {
      const first = await send(`${server.url}/v1/images/a`, init);
      expect(first.status).toBe(202);
      expect((await send(`${server.url}/v1/images/a`, init)).body).toEqual(first.body);
    }
    expect(await server.events()).toHaveLength(4);
  });

  test('what failed can be tried again with its key', async () => {
    const patch = () =>
      send(`${server.url}/v1/images/a`, json('PATCH', { attributes: {} }, { 'idempotency-key': 'k' }));
    expect((await patch()).status).toBe(404);
    await add('k1', 'a');
    expect((await patch()).status).toBe(202);
  });

  test.each(['x'.repeat(256), 'a b', 'é'])('%j is no key', async (key) => {
    const answer = await upload(key, PHOTO);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
    expect(await server.events()).toEqual([]);
  });
});
