import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { addedEvent, eventually, stateOf } from '#testkit';
import { QueryServer } from './query-server.js';
import { samplePicture } from './sample-pictures.js';

type Answer = { results: { imageId: string; score: number }[] } & Record<string, unknown>;

describe('POST /v1/search', () => {
  let server: QueryServer;
  let cat: Buffer;

  beforeEach(async () => {
    server = await new QueryServer().start({ LOOKALIKE_MAX_UPLOAD_BYTES: '1000000' });
    cat = await samplePicture('locomotion-house-cat');
  });
  afterEach(() => server.stop());

  const fill = async () => {
    await server.makeLive();
    const added = await server.addPicture('cat/ä 1', cat, { album: 'pets' });
    await server.addPicture('boats', await samplePicture('nagasaki-boats'));
    await server.addPicture('flower', await samplePicture('allium-oreophilum'));
    return added;
  };
  const post = (body: string | FormData | null, type?: string) =>
    fetch(`${server.url}/v1/search`, { method: 'POST', body, ...(type ? { headers: { 'content-type': type } } : {}) });
  const json = (body: unknown) => post(JSON.stringify(body), 'application/json');
  const form = (picture: Uint8Array | null, fields: Record<string, string> = {}, name = 'file') => {
    const data = new FormData();
    for (const [field, value] of Object.entries(fields)) data.append(field, value);
    if (picture !== null) data.append(name, new Blob([new Uint8Array(picture)]), 'picture.jpg');
    return post(data);
  };
  const expectProblem = async (response: Response, status: number, code: string, facts: object = {}) => {
    expect(await response.json()).toMatchObject({ status, code, ...facts });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  };

  test('a form takes with its picture all that may stand together', async () => {
    await fill();
    const fields = {
      region: JSON.stringify({ left: 0, top: 0, width: 1, height: 1 }),
      positives: JSON.stringify([{ imageId: 'cat/ä 1' }]),
      negatives: JSON.stringify([{ imageId: 'boats' }]),
      filter: JSON.stringify({ not: { attribute: 'album', equals: 'none' } }),
      ...{ limit: '2', mode: 'exact', minScore: '-1', diversity: '0.2', collapseDuplicates: 'false' },
      include: 'attributes,labels,vectors,explanation',
    };
    const response = await form(cat, fields);
    expect(response.status).toBe(200);
    expect(((await response.json()) as Answer).results.map(({ imageId }) => imageId)).toEqual(['flower']);
  });

  test('an empty list of names is written as any empty list', async () => {
    await fill();
    const [{ attributes } = {}] = ((await (await form(cat, { include: '[]' })).json()) as Answer).results as {
      attributes?: object;
    }[];
    expect(attributes).toBeUndefined();
  });

  test('a batch takes as many vectors as it may have, written out', async () => {
    await fill();
    const { size } = server.encoder.info.vectors[0] as { size: number };
    const vector = Array.from({ length: size }, (_, at) => Math.sin(at) / 7);
    // Of as many letters as 4096 numbers have.
    const filter = { not: { attribute: 'album', equals: 'x'.repeat(1_000) } };
    const searches = Array.from({ length: 16 }, () => ({ vector, limit: 1, filter }));
    const padded = JSON.stringify({ searches }).replace('{"searches"', `${' '.repeat(16 * 4096 * 20)}{"searches"`);
    const response = await fetch(`${server.url}/v1/search/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: padded,
    });
    expect(response.status).toBe(200);
  });

  test('a picture finds itself first, and the answer says what made it', async () => {
    const { version } = await fill();
    const response = await form(cat, { limit: '2' });
    expect(response.status).toBe(200);
    const answer = (await response.json()) as Answer;
    expect(answer).toEqual({
      results: [
        {
          imageId: 'cat/ä 1',
          score: expect.closeTo(1, 4),
          version,
          attributes: { album: 'pets' },
          width: 1024,
          height: 510,
          match: 'identical',
          probability: 1,
          hash: { bits: 0, turn: 'none' },
          thumbnail: '/v1/images/cat%2F%C3%A4%201/thumbnail',
        },
        expect.objectContaining({ score: expect.any(Number) }),
      ],
      encoder: { name: 'pixel-blocks', fingerprint: server.encoder.info.fingerprint, trained: false },
      generation: 'first',
      mode: 'balanced',
      nextCursor: expect.any(String),
      steps: [
        { name: 'query', tookMs: expect.any(Number) },
        {
          name: 'candidates',
          images: 3,
          stages: [{ vector: 'fc', limit: 3, exact: false }],
          tookMs: expect.any(Number),
        },
        { name: 'match', tookMs: expect.any(Number) },
      ],
      warnings: expect.any(Array),
      tookMs: expect.any(Number),
    });
  });

  test('an answer says how many changes it does not see yet', async () => {
    await fill();
    await eventually(async () => {
      const { warnings } = (await (await json({ imageId: 'boats' })).json()) as Answer;
      // Of this server's log no stage has read anything.
      const message = expect.stringMatching(/^Up to [1-9]\d* changes of images/);
      expect(warnings).toEqual([{ code: 'images-waiting', message }]);
    });
  });

  test('an image finds the others and leaves itself out', async () => {
    await fill();
    const answer = (await (await json({ imageId: 'boats' })).json()) as Answer;
    expect(answer.results.map(({ imageId }) => imageId).sort()).toEqual(['cat/ä 1', 'flower']);
    const one = (await (await json({ imageId: 'boats', limit: 1 })).json()) as Answer;
    expect(one.results).toEqual(answer.results.slice(0, 1));
  });

  test('a filter leaves only the images it holds for, by picture and by image', async () => {
    await fill();
    const ids = async (response: Promise<Response>) =>
      ((await (await response).json()) as Answer).results.map(({ imageId }) => imageId).sort();
    const pets = { attribute: 'album', equals: 'pets' };
    expect(await ids(form(cat, { filter: JSON.stringify(pets) }))).toEqual(['cat/ä 1']);
    expect(await ids(form(cat, { filter: JSON.stringify({ not: pets }) }))).toEqual(['boats', 'flower']);
    expect(await ids(json({ imageId: 'boats', filter: pets }))).toEqual(['cat/ä 1']);
    expect(await ids(json({ imageId: 'boats', filter: { not: pets } }))).toEqual(['flower']);
  });

  test.each([
    ['not JSON', '{', 'invalid-request', { errors: [{ field: 'filter', rule: 'must be JSON' }] }],
    ['no filter', '{"album":"pets"}', 'invalid-filter', {}],
    ['of an attribute that is not declared', '{"attribute":"year","exists":true}', 'invalid-filter', {}],
    ['of another type', '{"attribute":"album","equals":7}', 'invalid-filter', {}],
  ])('a filter that is %s is refused', async (_what, filter, code, facts) => {
    await fill();
    await expectProblem(await form(cat, { filter }), 400, code, facts);
    if (code === 'invalid-filter') {
      await expectProblem(await json({ imageId: 'boats', filter: JSON.parse(filter) }), 400, code, facts);
    }
  });

  test.each(['0', '101', 'x', '', '1.5', '-1', '1e1'])('limit %j of a form is refused', async (limit) => {
    await fill();
    await expectProblem(await form(cat, { limit }), 400, 'invalid-request', {
      errors: expect.arrayContaining([expect.objectContaining({ field: 'limit' })]),
    });
  });

  test.each([0, 101, '10', null, 1.5])('limit %j in JSON is refused', async (limit) => {
    await fill();
    await expectProblem(await json({ imageId: 'boats', limit }), 400, 'invalid-request', {
      errors: expect.arrayContaining([expect.objectContaining({ field: 'limit' })]),
    });
  });

  test('fields nobody knows are refused, in both forms', async () => {
    await fill();
    const errors = [{ field: 'more', rule: 'is not known' }];
    await expectProblem(await form(cat, { more: '1' }), 400, 'invalid-request', { errors });
    await expectProblem(await json({ imageId: 'boats', more: 1 }), 400, 'invalid-request', { errors });
  });

  test.each([
    ['imageId', {}],
    ['imageId', { imageId: 7 }],
  ])('JSON without a good %s is refused: %j', async (field, body) => {
    await expectProblem(await json(body), 400, 'invalid-request', {
      errors: expect.arrayContaining([expect.objectContaining({ field })]),
    });
  });

  test.each(['', 'a\nb', 'x'.repeat(257)])('%j is no imageId', async (imageId) => {
    await expectProblem(await json({ imageId }), 400, 'invalid-image-id');
  });

  test('a form without a file, with another file, or cut short is refused', async () => {
    await expectProblem(await form(null, { limit: '3' }), 400, 'invalid-request', { errors: [{ field: 'file' }] });
    await expectProblem(await form(cat, {}, 'other'), 400, 'invalid-request', { errors: [{ field: 'other' }] });
    const cut = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc';
    await expectProblem(await post(cut, 'multipart/form-data; boundary=b'), 400, 'invalid-request');
    await expectProblem(await post(cut, 'multipart/form-data'), 400, 'invalid-request');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'image/jpeg'])(
    'a body of %s is a 415',
    async (type) => {
      await expectProblem(await post('limit=3', type), 415, 'media-type-not-supported');
    },
  );

  test('no body at all is a 415', async () => {
    await expectProblem(await post(null), 415, 'media-type-not-supported');
  });

  test.each([
    ['no bytes', '', 400, 'picture-empty'],
    ['text', 'no picture at all', 415, 'picture-not-recognised'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', 415, 'picture-format-not-supported'],
  ])('a file of %s is refused by name', async (_, bytes, status, code) => {
    await fill();
    await expectProblem(await form(Buffer.from(bytes)), status, code);
  });

  test('a damaged picture and one of too many bytes are refused', async () => {
    await fill();
    await expectProblem(await form(cat.subarray(0, 2000)), 422, 'picture-damaged');
    await expectProblem(await form(new Uint8Array(1_000_001)), 413, 'picture-too-large', { maxBytes: 1_000_000 });
  });

  test('an image that cannot be searched by says why', async () => {
    await fill();
    await server.addFailed('broken');
    await server.addDeleted('gone');
    await server.accept(addedEvent('new', stateOf(cat)));
    await expectProblem(await json({ imageId: 'none' }), 404, 'image-unknown', { imageId: 'none' });
    await expectProblem(await json({ imageId: 'broken' }), 409, 'image-not-searchable', {
      state: 'failed',
      reason: { code: 'picture-damaged' },
      detail: expect.stringContaining('The picture is damaged.'),
    });
    await expectProblem(await json({ imageId: 'gone' }), 409, 'image-not-searchable', { state: 'deleted' });
    await expectProblem(await json({ imageId: 'new' }), 409, 'image-not-searchable', {
      state: 'waiting',
      waiting: { stage: 'embed', ahead: expect.any(Number), seconds: expect.any(Number) },
      detail: expect.stringMatching(/on its way .*: \d+ before it at the embed stage, its event \d+\.\d s old/),
    });
  });

  test('without a live generation a search is told to come again', async () => {
    const response = await form(cat);
    expect(response.headers.get('retry-after')).toBe('5');
    await expectProblem(response, 503, 'no-live-generation', { canRetry: true });
    await expectProblem(await json({ imageId: 'boats' }), 503, 'no-live-generation');
  });

  test('an index of another encoder is never searched by a picture; an image of its own needs no encoder', async () => {
    await server.makeLive('other', createHash('sha256').update('other').digest('hex').slice(0, 16));
    await server.addPicture('cat', cat);
    const detail = expect.stringContaining('another encoder');
    await expectProblem(await form(cat), 503, 'encoder-mismatch', { detail });
    expect((await json({ imageId: 'cat' })).status).toBe(200);
  });
});

test('a picture that stalls on its way gives its place to the next search', async () => {
  const server = await new QueryServer().start({
    LOOKALIKE_MAX_UPLOADS_AT_ONCE: '1',
    LOOKALIKE_BODY_STALL_SECONDS: '1',
  });
  await server.makeLive();
  const stalled = connect(Number(new URL(server.url).port), '127.0.0.1');
  try {
    const search = async () => {
      const body = new FormData();
      body.append('file', new Blob(['no picture']), 'a.jpg');
      const answer = await fetch(`${server.url}/v1/search`, { method: 'POST', body });
      return ((await answer.json()) as { code: string }).code;
    };
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc';
    const headers = 'Host: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000';
    stalled.write(`POST /v1/search HTTP/1.1\r\n${headers}\r\n\r\n${part}`);
    await eventually(async () => expect(await search()).toBe('too-many-requests'));
    await eventually(async () => expect(await search()).toBe('picture-not-recognised'));
  } finally {
    stalled.destroy();
    await server.stop();
  }
});
