import { type IngestServer, startIngest } from '../ingest/ingest-server.js';
import { form, json, type Parts, PHOTO, send } from '../ingest/requests.js';
import { QueryServer } from '../query/query-server.js';

const BOUNDARY = 'x-boundary-x';
const FILE = { field: 'file', rule: 'must be a file, with a file name' };
const ONCE = { field: 'file', rule: 'must be given once' };
const WELL_FORMED = { field: 'body', rule: 'must be a well-formed multipart form' };
const OBJECT = { field: 'body', rule: 'must be a JSON object' };
const elsewhere = (field: string) => ({ field, rule: 'must not be a file: the picture goes into the field file' });

/** Requests for a picture are refused alike where pictures are published and where they are searched by. */
describe.each(['/v1/images', '/v1/search'])('a wrong request to %s is told by field and rule', (path) => {
  let ingest: IngestServer;
  let query: QueryServer;
  beforeAll(async () => {
    ingest = await startIngest();
    query = await new QueryServer().start();
    await query.makeLive();
  });
  afterAll(async () => {
    await ingest.close();
    await query.stop();
  });
  const url = () => `${path === '/v1/images' ? ingest.url : query.url}${path}`;

  const expectRefused = async (init: RequestInit, ...errors: object[]) => {
    const { status, body } = await send(url(), init);
    expect({ status, ...body }).toMatchObject({ status: 400, code: 'invalid-request', canRetry: false, errors });
    // The sentence says what the list says.
    for (const { field, rule } of body.errors) expect(body.detail).toBe(`${field} ${rule}.`);
  };
  /** A form of which each part is written out. */
  const raw = (parts: readonly (readonly [head: string, bytes: Uint8Array])[], boundary = BOUNDARY): RequestInit => {
    const written = parts.map(([head, bytes]) =>
      Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data${head}\r\n\r\n`), bytes, CRLF]),
    );
    const body = Uint8Array.from(Buffer.concat([...written, Buffer.from(`--${BOUNDARY}--\r\n`)]));
    return { method: 'POST', body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
  };

  test.each<[string, Parts, object]>([
    ['a file under another name', [['picture', PHOTO]], elsewhere('picture')],
    [
      'a file beside the file',
      [
        ['file', PHOTO],
        ['picture', PHOTO],
      ],
      elsewhere('picture'),
    ],
    ['a file in a field of text', [['imageId', PHOTO]], elsewhere('imageId')],
    ['a text in place of the file', [['file', 'hello']], FILE],
    [
      'two files',
      [
        ['file', PHOTO],
        ['file', PHOTO],
      ],
      ONCE,
    ],
    [
      'a field that nobody knows',
      [
        ['file', PHOTO],
        ['more', '1'],
      ],
      { field: 'more', rule: 'is not known' },
    ],
    [
      'more fields than there are',
      [...Array.from({ length: 20 }, (_, at) => [`f${at}`, '1'] as const), ['file', PHOTO] as const],
      { field: 'body', rule: 'has too many fields' },
    ],
    ['a field with a long name', [['x'.repeat(200), '1']], { field: 'body', rule: 'has a field with too long a name' }],
  ])('%s', async (_, parts, error) => {
    await expectRefused({ method: 'POST', body: form(...parts) }, error);
  });

  test('a file without a file name, however large', async () => {
    for (const bytes of [PHOTO.subarray(0, 1000), PHOTO]) await expectRefused(raw([['; name="file"', bytes]]), FILE);
    await expectRefused(raw([['; name="file"; filename=""', PHOTO]]), FILE);
  });

  test('a part without a name, no part, and no form', async () => {
    await expectRefused(raw([['; filename="a.jpg"', PHOTO]]), { field: 'body', rule: 'has a part without a name' });
    await expectRefused(raw([]), FILE);
    await expectRefused(raw([['; name="file"; filename="a"', PHOTO]], 'another'), WELL_FORMED);
    const headers = { 'content-type': 'multipart/form-data' };
    await expectRefused({ method: 'POST', body: 'hello', headers }, WELL_FORMED);
  });

  test.each(['null', 'true', '7', '"text"', '[]', '[{}]', '['.repeat(5000) + ']'.repeat(5000)])(
    'the JSON %j, which is no object',
    async (body) => {
      await expectRefused(json('POST', body), OBJECT);
    },
  );

  test.each(['{"uri": ', 'nul', '{}{}', "{'a': 1}"])('%s, which is no JSON', async (body) => {
    await expectRefused(json('POST', body), { field: 'body', rule: 'must be valid JSON' });
  });

  test('JSON that is nested too deep', async () => {
    const deep = `{"filter": ${'{"not": '.repeat(5000)}1${'}'.repeat(5000)}}`;
    await expectRefused(json('POST', deep), { field: 'filter', rule: 'must not be nested over 16 deep' });
  });
});

describe('the limit of a search by picture', () => {
  let query: QueryServer;
  beforeAll(async () => {
    query = await new QueryServer().start();
  });
  afterAll(() => query.stop());
  const search = (...parts: Parts) => send(`${query.url}/v1/search`, { method: 'POST', body: form(...parts) });

  test.each(['abc', '5.5', '-1', '', ' 5', '0', '101', '1e1', 'NaN'])('is not %j, by one rule', async (limit) => {
    expect(await search(['limit', limit], ['file', PHOTO])).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'limit', rule: 'must be a whole number from 1 to 100' }] },
    });
  });

  test('and the filter are given once', async () => {
    for (const field of ['limit', 'filter']) {
      expect(await search([field, '1'], [field, '1'], ['file', PHOTO])).toMatchObject({
        status: 400,
        body: { errors: [{ field, rule: 'must be given once' }] },
      });
    }
  });
});

const CRLF = Buffer.from('\r\n');
