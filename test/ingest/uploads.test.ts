import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { eventually, sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, OTHER_PHOTO, type Parts, PHOTO, send, uniquePhoto } from './requests.js';

const MAX_BYTES = 1_000_000;

describe('uploads', () => {
  let server: IngestServer;
  beforeEach(async () => {
    server = await startIngest({
      env: { LOOKALIKE_MAX_UPLOAD_BYTES: String(MAX_BYTES), LOOKALIKE_MAX_UPLOADS_AT_ONCE: '2' },
    });
  });
  afterEach(() => server.close());

  const upload = (...parts: Parts) => send(`${server.url}/v1/images`, { method: 'POST', body: form(...parts) });

  const expectNothing = async () => {
    expect(await server.events()).toEqual([]);
    expect(await server.blobFiles()).toEqual([]);
  };

  test('a picture becomes a blob and an event', async () => {
    const attributes = { album: 'zoo', tags: ['cat'], stars: 5, public: true };
    const answer = await upload(
      ['imageId', 'zoo/číča 🐈.jpg'],
      ['attributes', JSON.stringify(attributes)],
      ['file', PHOTO],
    );
    expect(answer.status).toBe(202);
    const [{ event, position } = never()] = await server.events();
    const path = `/v1/images/${encodeURIComponent('zoo/číča 🐈.jpg')}`;
    expect(answer.body).toEqual({ imageId: 'zoo/číča 🐈.jpg', version: position.offset, position, status: path });
    expect(answer.headers.get('location')).toBe(path);
    expect(event).toMatchObject({
      kind: 'added',
      imageId: 'zoo/číča 🐈.jpg',
      source: '/lookalike/ingest',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: {
        uri: `blob:${sha256Of(PHOTO)}`,
        sha256: sha256Of(PHOTO),
        sizeBytes: PHOTO.length,
        mediaType: 'image/jpeg',
        attributes,
      },
    });
    expect(await server.blobs.read(sha256Of(PHOTO), { maxBytes: MAX_BYTES })).toEqual(PHOTO);
  });

  test('fields may come after the file', async () => {
    const answer = await upload(['file', PHOTO], ['imageId', 'a'], ['attributes', '{"album":"zoo"}']);
    expect(answer).toMatchObject({ status: 202, body: { imageId: 'a' } });
    expect(await server.events()).toMatchObject([{ event: { state: { attributes: { album: 'zoo' } } } }]);
  });

  test('a picture without an id gets a random one', async () => {
    const [first, second] = [await upload(['file', PHOTO]), await upload(['file', PHOTO])];
    expect(first.body.imageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.body.imageId).not.toBe(first.body.imageId);
    expect(await server.blobFiles()).toEqual([sha256Of(PHOTO)]);
  });

  test('adding an image again gives it a newer version', async () => {
    const first = await upload(['imageId', 'a'], ['file', PHOTO]);
    const second = await upload(['imageId', 'a'], ['file', OTHER_PHOTO]);
    expect(second.status).toBe(202);
    expect(second.body.position.partition).toBe(first.body.position.partition);
    expect(second.body.version).toBeGreaterThan(first.body.version);
  });

  test('a PUT replaces the whole state', async () => {
    await upload(['imageId', 'a/b'], ['attributes', '{"album":"zoo"}'], ['file', PHOTO]);
    const body = form(['file', OTHER_PHOTO]);
    const answer = await send(`${server.url}/v1/images/a%2Fb`, { method: 'PUT', body });
    expect(answer).toMatchObject({ status: 202, body: { imageId: 'a/b' } });
    expect((await server.events()).at(-1)?.event).toMatchObject({
      kind: 'updated',
      state: { sha256: sha256Of(OTHER_PHOTO), attributes: {} },
    });
  });

  test('a PUT may repeat its id, and no other', async () => {
    const put = (imageId: string) =>
      send(`${server.url}/v1/images/a`, { method: 'PUT', body: form(['imageId', imageId], ['file', PHOTO]) });
    expect((await put('a')).status).toBe(202);
    expect(await put('b')).toMatchObject({ status: 400, body: { errors: [{ field: 'imageId' }] } });
  });

  test.each<[string, Parts, number, string, object]>([
    ['no file', [['imageId', 'a']], 400, 'invalid-request', { errors: [{ field: 'file' }] }],
    ['nothing at all', [], 400, 'invalid-request', {}],
    ['a file that is text', [['file', 'text']], 400, 'invalid-request', { errors: [{ field: 'file' }] }],
    [
      'an unknown field',
      [
        ['title', 'x'],
        ['file', PHOTO],
      ],
      400,
      'invalid-request',
      { errors: [{ field: 'title' }] },
    ],
    [
      'an id twice',
      [
        ['imageId', 'a'],
        ['imageId', 'b'],
        ['file', PHOTO],
      ],
      400,
      'invalid-request',
      { errors: [{ field: 'imageId', rule: 'must be given once' }] },
    ],
    ['a file under another name', [['picture', PHOTO]], 400, 'invalid-request', { errors: [{ field: 'picture' }] }],
    [
      'an empty id',
      [
        ['imageId', ''],
        ['file', PHOTO],
      ],
      400,
      'invalid-image-id',
      { errors: [{ field: 'imageId', rule: 'must not be empty' }] },
    ],
    [
      'an id of 257 characters',
      [
        ['imageId', 'x'.repeat(257)],
        ['file', PHOTO],
      ],
      400,
      'invalid-image-id',
      {},
    ],
    [
      'control characters',
      [
        ['imageId', 'a\u0007b'],
        ['file', PHOTO],
      ],
      400,
      'invalid-image-id',
      {},
    ],
    [
      'attributes that are not JSON',
      [
        ['attributes', '{album: zoo}'],
        ['file', PHOTO],
      ],
      400,
      'invalid-attributes',
      { errors: [{ field: 'attributes', rule: 'must be JSON' }] },
    ],
    [
      'attributes that are a list',
      [
        ['attributes', '[]'],
        ['file', PHOTO],
      ],
      400,
      'invalid-attributes',
      {},
    ],
    [
      'a nested attribute',
      [
        ['attributes', '{"a":{"b":1}}'],
        ['file', PHOTO],
      ],
      400,
      'invalid-attributes',
      { errors: [{ field: 'attributes.a' }] },
    ],
    [
      '__proto__',
      [
        ['attributes', '{"__proto__":"x"}'],
        ['file', PHOTO],
      ],
      400,
      'invalid-attributes',
      {},
    ],
    [
      'attributes over 64 KiB',
      [
        ['attributes', 'x'.repeat(65_537)],
        ['file', PHOTO],
      ],
      400,
      'invalid-request',
      { errors: [{ field: 'attributes', rule: 'is too long' }] },
    ],
    ['an empty file', [['file', Buffer.alloc(0)]], 400, 'picture-empty', {}],
    ['no picture', [['file', Buffer.from('hello')]], 415, 'picture-not-recognised', {}],
    [
      'an SVG',
      [['file', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]],
      415,
      'picture-format-not-supported',
      {},
    ],
    [
      'too many bytes',
      [['file', Buffer.concat([PHOTO, Buffer.alloc(MAX_BYTES)])]],
      413,
      'picture-too-large',
      { maxBytes: MAX_BYTES },
    ],
  ])('%s is refused and leaves nothing', async (_name, parts, status, code, facts) => {
    const answer = await upload(...parts);
    expect(answer.body).toMatchObject({ status, code, canRetry: false, ...facts });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    await expectNothing();
  });

  test('bytes that are not UTF-8 are refused in a field', async () => {
    const answer = await raw(Buffer.concat([part('imageId', Buffer.from([0x61, 0xff])), filePart(PHOTO), END]));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'imageId', rule: 'must be UTF-8' }] } });
    await expectNothing();
  });

  test('two files are refused, and no event says anything of them', async () => {
    const answer = await upload(['file', PHOTO], ['file', OTHER_PHOTO]);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{ field: 'file' }] } });
    expect(await server.events()).toEqual([]);
  });

  test('a picture of exactly the limit is taken', async () => {
    const answer = await upload(['file', Buffer.concat([PHOTO, Buffer.alloc(MAX_BYTES - PHOTO.length)])]);
    expect(answer.status).toBe(202);
  });

  test('a body that announces too much is refused before it is read', async () => {
    const request = httpRequest(`${server.url}/v1/images`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': '9999999999' },
    });
    request.on('error', () => {});
    request.write(filePart(PHOTO));
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(413);
    request.destroy();
  });

  test('an upload in chunks that grows over the limit is refused, and a small one is taken', async () => {
    const bytes = (size: number) => Buffer.concat([filePart(Buffer.concat([PHOTO, Buffer.alloc(size)])), END]);
    expect(await raw(bytes(MAX_BYTES), true)).toMatchObject({ status: 413, body: { code: 'picture-too-large' } });
    await expectNothing();
    expect(await raw(bytes(10), true)).toMatchObject({ status: 202 });
  });

  test.each([
    ['no boundary', 'multipart/form-data', ''],
    ['a form that ends early', undefined, 'cut'],
    ['no form at all', undefined, 'hello'],
  ])('%s is a malformed form', async (_name, type, what) => {
    const body = what === 'cut' ? filePart(PHOTO).subarray(0, 100_000) : Buffer.from(what);
    const answer = await raw(body, false, type);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    await expectNothing();
  });

  test('another content type is a 415', async () => {
    const answer = await send(`${server.url}/v1/images`, { method: 'POST', body: Uint8Array.from(PHOTO) });
    expect(answer).toMatchObject({ status: 415, body: { code: 'media-type-not-supported' } });
  });

  test('an upload that is broken off leaves nothing, and its place is free again', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const socket = await startUpload(uniquePhoto());
      socket.destroy();
      await eventually(async () => expect(await server.blobFiles()).toEqual([]));
    }
    await eventually(async () => expect((await upload(['file', PHOTO])).status).toBe(202));
    expect(await server.events()).toHaveLength(1);
  });

  test('one upload too many at a time is told to come again', async () => {
    const sockets = [await startUpload(uniquePhoto()), await startUpload(uniquePhoto())];
    const answer = await upload(['file', PHOTO]);
    expect(answer).toMatchObject({ status: 429, body: { code: 'too-many-requests', canRetry: true } });
    expect(answer.headers.get('retry-after')).toBe('1');
    for (const socket of sockets) socket.destroy();
    await eventually(async () => expect((await upload(['file', PHOTO])).status).toBe(202));
  });

  /** Sends most of a picture and waits until the server writes it. */
  async function startUpload(picture: Buffer) {
    const before = (await server.blobFiles()).length;
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const body = filePart(picture);
    const type = `multipart/form-data; boundary=${BOUNDARY}`;
    socket.write(
      `POST /v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length + END.length}\r\n\r\n`,
    );
    socket.write(body.subarray(0, body.length - 100));
    await eventually(async () => expect((await server.blobFiles()).length).toBeGreaterThan(before));
    return socket;
  }

  function raw(body: Buffer, isChunked = false, type = `multipart/form-data; boundary=${BOUNDARY}`) {
    const headers = { 'content-type': type };
    const stream = new Blob([Uint8Array.from(body)]).stream();
    return isChunked
      ? send(`${server.url}/v1/images`, { method: 'POST', headers, body: stream, duplex: 'half' })
      : send(`${server.url}/v1/images`, { method: 'POST', headers, body: Uint8Array.from(body) });
  }
});

const BOUNDARY = 'x-boundary-x';
const END = Buffer.from(`--${BOUNDARY}--\r\n`);

function part(name: string, value: Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), value, Buffer.from('\r\n')]);
}

function filePart(bytes: Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')]);
}

function never(): never {
  throw new Error('There is no event.');
}
