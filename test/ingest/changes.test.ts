import { sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { json, OTHER_PHOTO, PHOTO, send } from './requests.js';

const BLOB = `blob:${sha256Of(PHOTO)}`;
const OTHER_BLOB = `blob:${sha256Of(OTHER_PHOTO)}`;

describe('changes as JSON', () => {
  let server: IngestServer;
  beforeEach(async () => {
    server = await startIngest();
    for (const bytes of [PHOTO, OTHER_PHOTO]) await server.blobs.put(bytes, { maxBytes: bytes.length });
  });
  afterEach(() => server.close());

  const post = (body: unknown, headers = {}) => send(`${server.url}/v1/images`, json('POST', body, headers));
  const at = (imageId: string, init: RequestInit) =>
    send(`${server.url}/v1/images/${encodeURIComponent(imageId)}`, init);
  const patch = (imageId: string, body: unknown, headers = {}) => at(imageId, json('PATCH', body, headers));
  const lastEvent = async () => (await server.events()).at(-1)?.event;

  describe('POST', () => {
    test('a picture that is in the store becomes an event, with what its bytes say', async () => {
      const answer = await post({ imageId: 'a', uri: BLOB, attributes: { album: 'zoo' } });
      expect(answer).toMatchObject({ status: 202, body: { imageId: 'a', version: 0, status: '/v1/images/a' } });
      expect(await lastEvent()).toMatchObject({
        kind: 'added',
        state: {
          uri: BLOB,
          sha256: sha256Of(PHOTO),
          sizeBytes: PHOTO.length,
          mediaType: 'image/jpeg',
          attributes: { album: 'zoo' },
        },
      });
    });

    test('what the caller says of the bytes may be said, if it is true', async () => {
      const said = { sha256: sha256Of(PHOTO), sizeBytes: PHOTO.length, mediaType: 'image/jpeg' };
      expect((await post({ uri: BLOB, ...said })).status).toBe(202);
    });

    test.each<[string, unknown, number, string, string | null]>([
      ['broken JSON', '{"uri":', 400, 'invalid-request', 'body'],
      ['a list', [], 400, 'invalid-request', 'body'],
      ['no body', '', 400, 'invalid-request', 'uri'],
      ['no uri', {}, 400, 'invalid-request', 'uri'],
      ['a uri that is no text', { uri: 7 }, 400, 'invalid-request', 'uri'],
      ['another scheme', { uri: 'ftp://example.org/a.jpg' }, 400, 'uri-not-supported', 'uri'],
      ['a blob without a hash', { uri: 'blob:abc' }, 400, 'invalid-request', 'uri'],
      ['a blob with capitals', { uri: BLOB.toUpperCase().replace('BLOB', 'blob') }, 400, 'invalid-request', 'uri'],
      ['a blob that is not there', { uri: `blob:${'0'.repeat(64)}` }, 422, 'blob-missing', null],
      ['an unknown field', { uri: BLOB, title: 'x' }, 400, 'invalid-request', 'title'],
      ['an id that is a number', { uri: BLOB, imageId: 7 }, 400, 'invalid-image-id', 'imageId'],
      ['an id that is null', { uri: BLOB, imageId: null }, 400, 'invalid-image-id', 'imageId'],
      ['an empty id', { uri: BLOB, imageId: '' }, 400, 'invalid-image-id', 'imageId'],
      ['an id of 257 characters', { uri: BLOB, imageId: '🐈'.repeat(257) }, 400, 'invalid-image-id', 'imageId'],
      ['an id with a newline', { uri: BLOB, imageId: 'a\nb' }, 400, 'invalid-image-id', 'imageId'],
      ['an id that is half a character', { uri: BLOB, imageId: '\ud800' }, 400, 'invalid-image-id', 'imageId'],
      ['another hash', { uri: BLOB, sha256: sha256Of(OTHER_PHOTO) }, 400, 'invalid-request', 'sha256'],
      ['a hash that is none', { uri: BLOB, sha256: 'x' }, 400, 'invalid-request', 'sha256'],
      ['another size', { uri: BLOB, sizeBytes: 1 }, 400, 'invalid-request', 'sizeBytes'],
      ['a size that is null', { uri: BLOB, sizeBytes: null }, 400, 'invalid-request', 'sizeBytes'],
      ['a negative size', { uri: BLOB, sizeBytes: -1 }, 400, 'invalid-request', 'sizeBytes'],
      ['a media type of no picture', { uri: BLOB, mediaType: 'text/html' }, 400, 'invalid-request', 'mediaType'],
      ['attributes that are text', { uri: BLOB, attributes: '{}' }, 400, 'invalid-attributes', 'attributes'],
      ['a nested attribute', { uri: BLOB, attributes: { a: { b: 1 } } }, 400, 'invalid-attributes', 'attributes.a'],
      ['a null attribute', { uri: BLOB, attributes: { a: null } }, 400, 'invalid-attributes', 'attributes.a'],
      ['__proto__', `{"uri":"${BLOB}","attributes":{"__proto__":"x"}}`, 400, 'invalid-request', 'attributes.__proto__'],
    ])('%s is refused', async (_name, body, status, code, field) => {
      const answer = await post(body);
      expect(answer.body).toMatchObject({ status, code, canRetry: false });
      expect(answer.status).toBe(status);
      if (field !== null) expect(answer.body.errors).toContainEqual({ field, rule: expect.any(String) });
      expect(await server.events()).toEqual([]);
    });

    test('a blob that is no picture is refused', async () => {
      const { sha256: name } = await server.blobs.put(Buffer.from('hello'), { maxBytes: 9 });
      expect(await post({ uri: `blob:${name}` })).toMatchObject({
        status: 415,
        body: { code: 'picture-not-recognised' },
      });
    });

    test.each([{}, { mediaType: 'image/jpeg' }])('a blob that comes later is found later, with %j', async (said) => {
      const late = Buffer.concat([PHOTO, Buffer.from('late')]);
      const body = { uri: `blob:${sha256Of(late)}`, ...said };
      expect((await post(body)).status).toBe(422);
      await server.blobs.put(late, { maxBytes: late.length });
      expect((await post(body)).status).toBe(202);
    });
  });

  test('a PUT replaces the whole state', async () => {
    await post({ imageId: 'a', uri: BLOB, attributes: { album: 'zoo' } });
    const answer = await at('a', json('PUT', { uri: OTHER_BLOB }));
    expect(answer).toMatchObject({ status: 202, body: { imageId: 'a', version: 1 } });
    expect(await lastEvent()).toMatchObject({ kind: 'updated', state: { uri: OTHER_BLOB, attributes: {} } });
  });

  test.each([
    ['%00', 'invalid-image-id'],
    ['x'.repeat(257), 'invalid-image-id'],
    ['%zz', 'invalid-request'],
    ['%ff', 'invalid-request'],
  ])('the id %s of a path is refused', async (id, code) => {
    for (const init of [json('PUT', { uri: BLOB }), json('PATCH', { attributes: {} }), { method: 'DELETE' }]) {
      expect(await send(`${server.url}/v1/images/${id}`, init)).toMatchObject({ status: 400, body: { code } });
    }
  });

  describe('PATCH', () => {
    beforeEach(() => post({ imageId: 'a/b', uri: BLOB, attributes: { album: 'zoo', stars: 5, tags: ['x', 'y'] } }));

    test('what is named changes, null removes, the rest stays', async () => {
      const answer = await patch('a/b', { attributes: { album: 'home', stars: null, tags: ['z'], fresh: true } });
      expect(answer).toMatchObject({ status: 202, body: { imageId: 'a/b' } });
      expect(await lastEvent()).toMatchObject({ kind: 'updated', state: { uri: BLOB, mediaType: 'image/jpeg' } });
      expect(await attributes()).toEqual({ album: 'home', tags: ['z'], fresh: true });
    });

    test('removing what is not there is no mistake', async () => {
      expect((await patch('a/b', { attributes: { nothing: null } })).status).toBe(202);
      expect(await attributes()).toEqual({ album: 'zoo', stars: 5, tags: ['x', 'y'] });
    });

    test('patches at the same time all count', async () => {
      const names = Array.from({ length: 20 }, (_, i) => `name${i}`);
      const answers = await Promise.all(names.map((name) => patch('a/b', { attributes: { [name]: 1 } })));
      expect(answers.map(({ status }) => status)).toEqual(names.map(() => 202));
      expect(Object.keys(await attributes())).toEqual(expect.arrayContaining(names));
    });

    test('an unknown image, and a deleted one, is a 404', async () => {
      expect(await patch('nobody', { attributes: {} })).toMatchObject({ status: 404, body: { code: 'image-unknown' } });
      await at('a/b', { method: 'DELETE' });
      expect((await patch('a/b', { attributes: {} })).status).toBe(404);
    });

    test.each<[string, unknown, string, string]>([
      ['no attributes', {}, 'invalid-request', 'attributes'],
      ['attributes null', { attributes: null }, 'invalid-request', 'attributes'],
      ['a list', { attributes: ['x'] }, 'invalid-request', 'attributes'],
      ['something else', { attributes: {}, uri: BLOB }, 'invalid-request', 'uri'],
      ['a nested value', { attributes: { a: { b: 1 } } }, 'invalid-attributes', 'attributes.a'],
      ['a bad name', { attributes: { 'a b': 1 } }, 'invalid-attributes', 'attributes.a b'],
      ['__proto__', '{"attributes":{"__proto__":1}}', 'invalid-request', 'attributes.__proto__'],
      [
        'too many names',
        { attributes: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`n${i}`, 1])) },
        'invalid-attributes',
        'attributes',
      ],
    ])('%s is refused', async (_name, body, code, field) => {
      const before = await server.events();
      const answer = await patch('a/b', body);
      expect(answer).toMatchObject({ status: 400, body: { code } });
      expect(answer.body.errors).toContainEqual({ field, rule: expect.any(String) });
      expect(await server.events()).toEqual(before);
    });

    async function attributes(): Promise<object> {
      const event = await lastEvent();
      return event === undefined || event.kind === 'deleted' ? {} : event.state.attributes;
    }
  });

  describe('DELETE', () => {
    test('an image is deleted', async () => {
      await post({ imageId: 'a', uri: BLOB });
      expect(await at('a', { method: 'DELETE' })).toMatchObject({ status: 202, body: { imageId: 'a', version: 1 } });
      expect(await lastEvent()).toMatchObject({ kind: 'deleted', imageId: 'a' });
    });

    test('an image nobody knows is deleted too: its add may still be on its way', async () => {
      expect((await at('nobody', { method: 'DELETE' })).status).toBe(202);
      expect(await lastEvent()).toMatchObject({ kind: 'deleted', imageId: 'nobody' });
    });

    test('bulk is an id like any other', async () => {
      expect((await at('bulk', { method: 'DELETE' })).body).toMatchObject({ imageId: 'bulk' });
    });
  });

  test('a wrong method is a 405', async () => {
    const answer = await send(`${server.url}/v1/images`, { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed', allowed: ['POST'] } });
  });
});
