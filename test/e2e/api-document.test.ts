import { type ApiScope, apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { eventually } from '#testkit';
import { form, json, NDJSON } from '../ingest/requests.js';
import { AnswerCheck, DOCUMENT, DOCUMENT_TEXT, OPERATIONS } from '../openapi/answer-check.js';
import { samplePicture } from '../query/sample-pictures.js';
import { Collection } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(180_000);

const [KEY, SEARCHER] = [1, 2].map((byte) => apiKeyOf(new Uint8Array(32).fill(byte))) as [string, string];
const entryOf = (name: string, scopes: readonly ApiScope[], key: string) =>
  formatApiKeyEntry({ name, scopes, sha256: apiKeySha256(key).toString('hex') });
const KEYS = [entryOf('all', ['publish', 'search', 'operate'], KEY), entryOf('web', ['search'], SEARCHER)].join();
const WAIT_MS = 60_000;

type Duplicates = { readonly groups: readonly { readonly members: readonly { imageId: string; sha256: string }[] }[] };

/** Each is an operation of the document, the path that it is asked under, what is sent, and what comes of it. */
type Case = readonly [operation: string, path: string, init: RequestInit, status: number];

const get: RequestInit = {};
const post = (body: object = {}) => json('POST', body);
const lines = (...all: readonly object[]): RequestInit => ({
  method: 'POST',
  headers: NDJSON,
  body: all.map((it) => JSON.stringify(it)).join('\n'),
});

/** For these there would have to be a reindex under way, or much more of a collection. Their refusals are held against the document. */
const WITHOUT_WORK = [
  ...['pause', 'resume', 'cancel', 'verify', 'switch', 'rollback', 'drop', 'drop-vectors'].map(
    (it) => `POST /v1/reindex/${it}`,
  ),
  'POST /v1/dead-letters/{id}/redrive',
  'POST /v1/calibrate',
];

describe('the document says what the standalone server answers', () => {
  const workplace = new Workplace();
  const check = new AnswerCheck();
  const done = new Set<string>();
  let server: ServerProcess;
  let cat: Buffer;

  beforeAll(async () => {
    server = await workplace.start({ LOOKALIKE_API_KEYS: KEYS, LOOKALIKE_ATTRIBUTES: 'album:string' });
    const collection = new Collection(() => server.url, KEY);
    cat = await samplePicture('locomotion-house-cat');
    const images = [
      await collection.add('cat', cat, { album: 'pets' }),
      await collection.add('boats', await samplePicture('nagasaki-boats'), { album: 'trips' }),
    ];
    for (const it of images) await collection.visible(it);
  }, WAIT_MS * 2);
  afterAll(() => workplace.remove());

  const ask = async (operation: string, path: string, init: RequestInit, key: string | null = KEY) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(key !== null && { authorization: `Bearer ${key}` }),
    };
    const response = await fetch(server.url + path, { ...init, headers });
    const { status } = response;
    await check.check(operation, response);
    if (response.ok) done.add(operation);
    return status;
  };

  /** What is to be looked at, and is no case of its own. */
  const read = async (path: string) =>
    (await fetch(server.url + path, { headers: { authorization: `Bearer ${KEY}` } })).json();

  const searchAndLook: Case[] = [
    [
      'POST /v1/search',
      '/v1/search',
      post({ imageId: 'cat', include: ['attributes', 'labels', 'vectors', 'explanation'], diversity: 0.3 }),
      200,
    ],
    ['POST /v1/search', '/v1/search', post({ imageId: 'cat', filter: { attribute: 'album', equals: 'trips' } }), 200],
    ['POST /v1/search', '/v1/search', post({ imageId: 'cat', minMatch: 'identical' }), 200],
    ['POST /v1/search', '/v1/search', post({ imageId: 'cat', limit: 0 }), 400],
    ['POST /v1/search', '/v1/search', post({ imageId: 'cat', filter: { attribute: 'x', equals: 1 } }), 400],
    ['POST /v1/search', '/v1/search', post({ imageId: 'nobody' }), 404],
    ['POST /v1/search', '/v1/search', post({ link: 'http://127.0.0.1/cat.jpg' }), 422],
    ['POST /v1/search', '/v1/search', post({ vector: [1, 2] }), 400],
    ['POST /v1/search', '/v1/search', post({ imageId: 'cat', cursor: 'x' }), 400],
    ['POST /v1/search', '/v1/search', { method: 'POST', body: 'x' }, 415],
    ['POST /v1/search', '/v1/search', { ...post({}), headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['POST /v1/search/batch', '/v1/search/batch', post({ searches: [{ imageId: 'cat' }, { limit: 0 }] }), 200],
    ['POST /v1/search/batch', '/v1/search/batch', post({ searches: 1 }), 400],
    ['GET /v1/images/{imageId}/similar', '/v1/images/cat/similar?limit=1&include=attributes', get, 200],
    ['GET /v1/images/{imageId}/similar', '/v1/images/cat/similar?limit=x', get, 400],
    ['GET /v1/images/{imageId}/duplicates', '/v1/images/cat/duplicates?mode=fast&include=explanation', get, 200],
    ['GET /v1/images/{imageId}/duplicates', '/v1/images/nobody/duplicates', get, 404],
    ['GET /v1/facets', '/v1/facets?attributes=album&fields=mediaType,width,eventTime', get, 200],
    ['GET /v1/facets', '/v1/facets?attributes=nothing', get, 400],
    ['GET /v1/images', '/v1/images?limit=1', get, 200],
    ['GET /v1/images', '/v1/images?cursor=x', get, 400],
    ['GET /v1/images/{imageId}', '/v1/images/cat', get, 200],
    ['GET /v1/images/{imageId}', '/v1/images/cat?minVersion=1e9', get, 400],
    ['GET /v1/images/{imageId}', '/v1/images/nobody', get, 404],
    ['GET /v1/images/{imageId}/thumbnail', '/v1/images/cat/thumbnail', get, 200],
    ['GET /v1/images/{imageId}/thumbnail', '/v1/images/nobody/thumbnail', get, 404],
    ['GET /v1/openapi.json', '/v1/openapi.json', get, 200],
  ];
  const publish: Case[] = [
    ['POST /v1/images', '/v1/images', post({ uri: 'ftp://x' }), 400],
    ['POST /v1/images', '/v1/images', post({ uri: `blob:${'0'.repeat(64)}` }), 422],
    ['POST /v1/images', '/v1/images', { method: 'POST', body: form(['file', Buffer.from('no picture')]) }, 415],
    ['POST /v1/images', '/v1/images?check=perhaps', post({ uri: 'https://photos.example/a.jpg' }), 400],
    ['PUT /v1/images/{imageId}', '/v1/images/a%00b', json('PUT', { uri: 'x' }), 400],
    ['PATCH /v1/images/{imageId}', '/v1/images/boats', json('PATCH', { attributes: { album: null, year: 1890 } }), 202],
    ['PATCH /v1/images/{imageId}', '/v1/images/nobody', json('PATCH', { attributes: {} }), 404],
    ['PATCH /v1/images/{imageId}', '/v1/images/boats', json('PATCH', { attributes: { album: 1 } }), 400],
    ['DELETE /v1/images/{imageId}', '/v1/images/nobody', { method: 'DELETE' }, 202],
    ['POST /v1/images/bulk', '/v1/images/bulk', lines({ op: 'delete', imageId: 'x' }, { op: 'fly' }), 200],
    ['POST /v1/images/bulk', '/v1/images/bulk', post({}), 415],
  ];
  const operate: Case[] = [
    ['GET /v1/status', '/v1/status', get, 200],
    ['GET /health/live', '/health/live', get, 200],
    ['GET /health/ready', '/health/ready', get, 200],
    ['GET /metrics', '/metrics', get, 200],
    ['GET /v1/dead-letters', '/v1/dead-letters', get, 200],
    ['GET /v1/dead-letters', '/v1/dead-letters?limit=0', get, 400],
    ['GET /v1/dead-letters/{id}', '/v1/dead-letters/0-999', get, 404],
    ['POST /v1/dead-letters/{id}/redrive', '/v1/dead-letters/0-999/redrive', post(), 404],
    ['POST /v1/dead-letters/{id}/discard', '/v1/dead-letters/0-999/discard', post(), 404],
    ['POST /v1/dead-letters/redrive', '/v1/dead-letters/redrive', post({ reason: 'blob-missing' }), 202],
    ['POST /v1/dead-letters/discard', '/v1/dead-letters/discard', post({ reason: 'blob-missing' }), 200],
    ['GET /v1/reindex', '/v1/reindex', get, 200],
    ['POST /v1/reindex', '/v1/reindex', post({ encoder: 'nobody' }), 400],
    ['POST /v1/reindex/plan', '/v1/reindex/plan', post(), 200],
    ...['pause', 'resume', 'cancel', 'verify', 'switch', 'rollback', 'drop'].map(
      (it): Case => [`POST /v1/reindex/${it}`, `/v1/reindex/${it}`, post(), 404],
    ),
    ['POST /v1/reindex/drop-vectors', '/v1/reindex/drop-vectors', post({ fingerprint: '0'.repeat(16) }), 404],
    ['POST /v1/audit', '/v1/audit', post({ blobs: true }), 200],
    ['POST /v1/audit', '/v1/audit', post({ generation: 'nobody' }), 404],
    ['GET /v1/calibration', '/v1/calibration', get, 200],
    ['POST /v1/calibrate', '/v1/calibrate', post({ dryRun: true }), 409],
    ['POST /v1/calibrate', '/v1/calibrate', post({ sample: 2 }), 400],
    ['POST /v1/blobs/collect', '/v1/blobs/collect', post({ dryRun: true }), 200],
    ['POST /v1/images/{imageId}/erase', '/v1/images/never-was/erase', post(), 404],
    ['POST /v1/images/{imageId}/erase', '/v1/images/boats/erase', post({ waitSeconds: 30 }), 200],
    ['POST /v1/reindex', '/v1/reindex', post(), 202],
  ];

  test.each([...searchAndLook, ...publish, ...operate])('%s as %s: %j is %d', async (operation, path, init, status) => {
    expect(await ask(operation, path, init)).toBe(status);
  });

  test('a picture that is published, and one that is searched by', async () => {
    const upload = { method: 'POST', body: form(['imageId', 'another'], ['file', cat]) };
    expect(await ask('POST /v1/images', '/v1/images', upload)).toBe(202);
    const again = { method: 'PUT', body: form(['file', cat]) };
    expect(await ask('PUT /v1/images/{imageId}', '/v1/images/another', again)).toBe(202);
    const copy = { method: 'POST', body: form(['imageId', 'copy'], ['file', cat]) };
    expect(await ask('POST /v1/images', '/v1/images?check=refuse', copy)).toBe(409);
    const reported = { method: 'PUT', body: form(['file', cat]) };
    expect(await ask('PUT /v1/images/{imageId}', '/v1/images/another?check=report', reported)).toBe(202);
    const search = { method: 'POST', body: form(['limit', '1'], ['include', 'attributes,vectors'], ['file', cat]) };
    expect(await ask('POST /v1/search', '/v1/search', search)).toBe(200);
  });

  test('duplicates, and what is decided of them', async () => {
    const shown = async () => {
      const { groups } = (await read('/v1/duplicates')) as Duplicates;
      expect(groups[0]?.members.map(({ imageId }) => imageId).sort()).toEqual(['another', 'cat']);
      return groups[0]?.members ?? [];
    };
    const members = await eventually(shown, WAIT_MS);
    expect(await ask('GET /v1/duplicates', '/v1/duplicates?order=saved-bytes&limit=1', get)).toBe(200);
    expect(await ask('GET /v1/duplicates', '/v1/duplicates?order=age', get)).toBe(400);
    const decisions = '/v1/duplicates/decisions';
    const images = members.map(({ imageId, sha256 }) => ({ imageId, sha256 }));
    const decide = (body: object) => ask(`POST ${decisions}`, decisions, post({ images, ...body }));
    expect(await decide({ decision: 'resolve', keep: 'date' })).toBe(200);
    expect(await decide({ decision: 'keep' })).toBe(200);
    expect(await decide({ decision: 'keep', keep: 'date' })).toBe(400);
    expect(await decide({ decision: 'keep', images: images.map((it) => ({ ...it, sha256: '0'.repeat(64) })) })).toBe(
      409,
    );
    expect(await ask(`GET ${decisions}`, `${decisions}?limit=5`, get)).toBe(200);
    const made = (await read(decisions)) as { decisions: { id: string }[] };
    const undo = `${decisions}/${made.decisions[0]?.id}/undo`;
    expect(await ask(`POST ${decisions}/{id}/undo`, undo, post())).toBe(200);
    expect(await ask(`POST ${decisions}/{id}/undo`, undo, post())).toBe(409);
    expect(await ask(`POST ${decisions}/{id}/undo`, `${decisions}/nobody/undo`, post())).toBe(404);
  });

  test('an event that was set aside', async () => {
    const broken = await fetch(`${server.url}/v1/images`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: form(['imageId', 'broken'], ['file', cat.subarray(0, 20_000)]),
    });
    expect(broken.status).toBe(202);
    const { version } = (await broken.json()) as { version: number };
    const path = `/v1/images/broken?minVersion=${version}&wait=30`;
    expect(await ask('GET /v1/images/{imageId}', path, get)).toBe(200);
    const [letter] = ((await read('/v1/dead-letters')) as { letters: { id: string }[] }).letters;
    expect(await ask('GET /v1/dead-letters', '/v1/dead-letters', get)).toBe(200);
    expect(await ask('GET /v1/dead-letters/{id}', `/v1/dead-letters/${letter?.id}`, get)).toBe(200);
    const discard = `/v1/dead-letters/${letter?.id}/discard`;
    expect(await ask('POST /v1/dead-letters/{id}/discard', discard, post())).toBe(200);
    expect(await ask('GET /v1/dead-letters/{id}', `/v1/dead-letters/${letter?.id}`, get)).toBe(200);
  });

  test('who is not known, and who may not', async () => {
    for (const operation of OPERATIONS) {
      const [method = '', path = ''] = operation.split(' ');
      const scopes = DOCUMENT.paths[path]?.[method.toLowerCase()]?.security.flatMap((it) => it.apiKey) ?? [];
      const concrete = path.replaceAll(/\{\w+\}/g, '0-0');
      if (scopes.length === 0) continue;
      expect([operation, await ask(operation, concrete, { method }, null)]).toEqual([operation, 401]);
      if (!scopes.includes('search'))
        expect([operation, await ask(operation, concrete, { method }, SEARCHER)]).toEqual([operation, 403]);
    }
  });

  test('nothing else: every operation of it was done, but for those that have nothing to do here', () => {
    expect([...done, ...WITHOUT_WORK].sort()).toEqual([...OPERATIONS].sort());
  });

  test('and the server has it, for everybody', async () => {
    const answer = await fetch(`${server.url}/v1/openapi.json`);
    expect(await answer.text()).toBe(DOCUMENT_TEXT);
    const etag = answer.headers.get('etag') ?? '';
    expect((await fetch(`${server.url}/v1/openapi.json`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});
