import { send } from '../ingest/requests.js';
import { QueryServer } from './query-server.js';

describe('facets', () => {
  let server: QueryServer;

  beforeAll(async () => {
    server = await new QueryServer().start();
    await server.makeLive();
  });
  afterAll(() => server.stop());

  const facets = (parameters: string) => send(`${server.url}/v1/facets?${parameters}`);

  test.each([
    ['of an attribute that is not declared', 'attributes=year', 'attributes'],
    ['of a field that there is not', 'fields=depth', 'fields'],
    ['of a field that this generation is too old for', 'fields=width', 'fields'],
    ['of one twice', 'attributes=album,album', 'attributes'],
    ['of too many values', 'attributes=album&limit=1001', 'limit'],
    ['of a text of values', 'attributes=album&limit=many', 'limit'],
    ['with a filter that is no JSON', 'attributes=album&filter={', 'filter'],
    ['with something else', 'attributes=album&more=1', 'more'],
    ['with a parameter twice', 'attributes=album&attributes=album', 'attributes'],
  ])('%s are refused', async (_, parameters, field) => {
    const { status, body } = await facets(parameters);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{ field }] } });
  });

  test('with a filter that makes no sense are refused', async () => {
    const filter = encodeURIComponent('{"attribute":"year","exists":true}');
    expect((await facets(`attributes=album&filter=${filter}`)).body).toMatchObject({ code: 'invalid-filter' });
  });

  test('of nothing in particular are those of all that filters may name', async () => {
    expect((await facets('')).body).toMatchObject({ facets: [{ attribute: 'album', type: 'string' }] });
  });

  test('of a collection that is empty count nothing', async () => {
    expect((await facets('attributes=album')).body).toEqual({
      generation: 'first',
      images: 0,
      facets: [{ attribute: 'album', type: 'string', images: 0, values: [], hasMore: false }],
      tookMs: expect.any(Number),
    });
  });
});

describe('a list of images', () => {
  let server: QueryServer;

  beforeEach(async () => {
    server = await new QueryServer().start();
    await server.makeLive();
    for (const id of ['a', 'b', 'c']) await server.addFailed(id);
  });
  afterEach(() => server.stop());

  const list = (parameters = '') => send(`${server.url}/v1/images?${parameters}`);

  test('tells why an image has failed, and leaves out deleted ones unless they are asked for', async () => {
    const version = await server.addDeleted('gone');
    const { body } = await list('limit=1');
    expect(body).toEqual({
      generation: 'first',
      images: [
        {
          imageId: 'a',
          state: 'failed',
          version: expect.any(Number),
          eventTime: '1970-01-01T00:00:00.000Z',
          reason: { code: 'picture-damaged', message: 'The picture is damaged.' },
          sha256: expect.any(String),
          sizeBytes: 1,
          mediaType: expect.any(String),
          attributes: {},
        },
      ],
      nextCursor: expect.any(String),
      tookMs: expect.any(Number),
    });
    expect((await list()).body).toMatchObject({ images: { length: 3 }, nextCursor: null });
    const gone = { imageId: 'gone', state: 'deleted', version, eventTime: '1970-01-01T00:00:00.000Z' };
    expect((await list('state=deleted')).body.images).toEqual([gone]);
  });

  test('stays in its generation, and says when that is gone', async () => {
    const { nextCursor } = (await list('limit=2')).body;
    await server.makeLive('second');
    expect((await list()).body).toMatchObject({ generation: 'second', images: [] });
    const next = `limit=2&cursor=${nextCursor}`;
    expect((await list(next)).body).toMatchObject({
      generation: 'first',
      images: [{ imageId: 'c' }],
      nextCursor: null,
    });
    await server.index.dropGeneration('first');
    expect(await list(next)).toMatchObject({ status: 410, body: { code: 'cursor-expired', generation: 'first' } });
  });

  test.each([
    ['with a forged cursor', 'cursor=bm9uc2Vuc2U', 'invalid-cursor', 'cursor'],
    ['of an unknown state', 'state=waiting', 'invalid-request', 'state'],
    ['of no state', 'state=', 'invalid-request', 'state'],
    ['of no images', 'limit=0', 'invalid-request', 'limit'],
    ['of a billion', 'limit=1000000000', 'invalid-request', 'limit'],
    ['with a filter, where it sees no failed ones', 'filter={"attribute":"album","exists":true}', 'invalid-filter', ''],
    ['with something else', 'more=1', 'invalid-request', 'more'],
  ])('%s is refused', async (_, parameters, code, field) => {
    const errors = field === '' ? {} : { errors: expect.arrayContaining([expect.objectContaining({ field })]) };
    expect(await list(parameters)).toMatchObject({ status: 400, body: { code, ...errors } });
  });

  test('with the cursor of another query is refused', async () => {
    const { nextCursor } = (await list('limit=1')).body;
    expect((await list(`state=failed&cursor=${nextCursor}`)).body).toMatchObject({ code: 'invalid-cursor' });
  });
});
