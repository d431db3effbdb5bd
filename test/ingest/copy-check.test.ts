import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LookalikeError, parseImageId } from '#core';
import { sha256Of, waitUntil } from '#testkit';
import type { FindCopies } from '../../apps/ingest/src/index.js';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, json, NDJSON, PHOTO, send } from './requests.js';

type Duplicates = Awaited<ReturnType<FindCopies>>;

const copies = (...names: readonly string[]): Duplicates =>
  names.map((name, at) => ({
    imageId: parseImageId(name),
    match: at === 0 ? 'identical' : 'same-picture',
    probability: 1 - at / 100,
  }));

describe('an upload that is checked', () => {
  let found: Duplicates | LookalikeError;
  let asked: { sha256: string; limit: number }[];
  let pictures: Server;
  let server: IngestServer;

  beforeAll(async () => {
    pictures = createServer((_, response) => response.end(PHOTO));
    await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => pictures.close());
  beforeEach(async () => {
    found = [];
    asked = [];
    server = await startIngest({
      env: { LOOKALIKE_LINK_HTTP_PORTS: String(port()), LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32' },
      findCopies: async (picture, limit) => {
        asked.push({ sha256: sha256Of(picture), limit });
        if (found instanceof LookalikeError) throw found;
        return found;
      },
    });
  });
  afterEach(() => server.close());

  const port = () => (pictures.address() as AddressInfo).port;
  const upload = (check: string, init: RequestInit = {}) =>
    send(`${server.url}/v1/images?check=${check}`, {
      method: 'POST',
      body: form(['imageId', 'new'], ['file', PHOTO]),
      ...init,
    });
  const put = (id: string, check: string) =>
    send(`${server.url}/v1/images/${id}?check=${check}`, { method: 'PUT', body: form(['file', PHOTO]) });
  const expectNoEvent = async () => expect(await server.events()).toEqual([]);

  test('is refused where its picture is here, and nothing is written', async () => {
    found = copies('cat.jpg', 'edited.jpg');
    expect(await upload('refuse')).toMatchObject({
      status: 409,
      body: {
        code: 'already-here',
        canRetry: false,
        detail: 'This file is already here as "cat.jpg".',
        duplicates: [
          { imageId: 'cat.jpg', match: 'identical', probability: 1 },
          { imageId: 'edited.jpg', match: 'same-picture', probability: 0.99 },
        ],
      },
    });
    found = copies('cat.jpg', 'edited.jpg').slice(1);
    expect((await put('new', 'refuse')).body.detail).toBe('The same picture is already here as "edited.jpg".');
    await expectNoEvent();
    // For the collector of blobs: another event may refer to the same bytes by now.
    expect(await server.blobs.stat(sha256Of(PHOTO))).not.toBeNull();
  });

  test('is stored where its picture is not here', async () => {
    expect(await upload('refuse')).toMatchObject({ status: 202, body: { imageId: 'new', duplicates: [] } });
    expect(await server.events()).toHaveLength(1);
  });

  test('is stored all the same where it is to be reported', async () => {
    found = copies('cat.jpg');
    expect(await upload('report')).toMatchObject({ status: 202, body: { duplicates: [{ imageId: 'cat.jpg' }] } });
    found = [];
    expect((await put('new', 'report')).body.duplicates).toEqual([]);
    expect(await server.events()).toHaveLength(2);
  });

  test('is no duplicate of itself, and is told of ten others', async () => {
    found = copies('new');
    expect((await put('new', 'refuse')).status).toBe(202);
    expect((await upload('refuse')).status).toBe(202);
    expect((await put('other', 'refuse')).status).toBe(409);
    found = copies(...Array.from({ length: 10 }, (_, at) => `copy ${at}`), 'new');
    expect((await upload('report')).body.duplicates).toHaveLength(10);
    expect(asked[0]).toEqual({ sha256: sha256Of(PHOTO), limit: 11 });
  });

  test('is checked in whichever form it comes', async () => {
    found = copies('cat.jpg');
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
    const uris = [`blob:${sha256Of(PHOTO)}`, `http://127.0.0.1:${port()}/photo.jpg`];
    for (const uri of uris) {
      for (const method of ['POST', 'PUT']) {
        const path = method === 'POST' ? '/v1/images' : '/v1/images/new';
        expect((await send(`${server.url}${path}?check=refuse`, json(method, { uri }))).status).toBe(409);
      }
    }
    expect(asked.map(({ sha256 }) => sha256)).toEqual(Array(4).fill(sha256Of(PHOTO)));
    await expectNoEvent();
  });

  test('is not stored where it cannot be looked at, or nobody answers', async () => {
    for (const [code, status] of [
      ['picture-damaged', 422],
      ['search-unavailable', 503],
      ['no-live-generation', 503],
    ] as const) {
      found = new LookalikeError(code, 'No.');
      for (const check of ['refuse', 'report']) expect(await upload(check)).toMatchObject({ status, body: { code } });
    }
    await expectNoEvent();
    expect((await upload('refuse')).headers.get('retry-after')).toBe('5');
  });

  test('is answered as at first when it is repeated, though its own image is here by then', async () => {
    const headers = { 'idempotency-key': 'k' };
    const body = () => ({ headers, body: form(['file', PHOTO]) });
    const first = await upload('refuse', body());
    found = copies(first.body.imageId, 'cat.jpg');
    expect((await upload('refuse', body())).body).toEqual(first.body);
    expect(await server.events()).toHaveLength(1);
    expect((await upload('report', body())).body).toMatchObject({ code: 'idempotency-key-reused' });
  });

  test('that was refused is checked anew when it is repeated', async () => {
    found = copies('cat.jpg');
    const headers = { 'idempotency-key': 'k' };
    expect((await upload('refuse', { headers })).status).toBe(409);
    found = [];
    expect((await upload('refuse', { headers, body: form(['imageId', 'new'], ['file', PHOTO]) })).status).toBe(202);
  });

  test.each(['', 'yes', 'REFUSE', 'refuse&check=report'])('by no such word as %j', async (check) => {
    const error = { field: 'check', rule: 'must be one of the following values: refuse, report' };
    expect(await upload(check)).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [error] } });
    await expectNoEvent();
  });

  test('is not one of a bulk stream', async () => {
    const line = { imageId: 'a', uri: `blob:${sha256Of(PHOTO)}` };
    expect(await send(`${server.url}/v1/images/bulk?check=refuse`, json('POST', line, NDJSON))).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'check', rule: 'is not possible here: send pictures one by one' }] },
    });
  });

  test('of those under way at once, as many are read as fit into memory, and the rest wait', async () => {
    const picture = Buffer.concat([PHOTO, Buffer.alloc(30_000_000)]);
    let [reading, most] = [0, 0];
    const held = await startIngest({
      findCopies: async () => {
        reading += 1;
        most = Math.max(most, reading);
        await waitUntil('two are read', () => most >= 2);
        reading -= 1;
        return [];
      },
    });
    await held.blobs.put(picture, { maxBytes: picture.length });
    const request = json('POST', { uri: `blob:${sha256Of(picture)}` });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(`${held.url}/v1/images?check=refuse`, request)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(most).toBe(2);
    await held.close();
  });
});

test('an upload cannot be checked where nobody is known that searches', async () => {
  const server = await startIngest();
  const answer = await send(`${server.url}/v1/images?check=report`, { method: 'POST', body: form(['file', PHOTO]) });
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'check', rule: 'is not possible here: LOOKALIKE_QUERY_URL is not set' }] },
  });
  expect(await server.blobFiles()).toEqual([]);
  await server.close();
});
