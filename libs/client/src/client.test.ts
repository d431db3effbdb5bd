import { getEventListeners } from 'node:events';
import { type ApiProblem, Client } from './index.js';

interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

const URL_OF_SERVER = 'http://server.example:8080';
const SEARCH_ANSWER = { results: [], nextCursor: null };

/** A server that answers what it is given, one after the other, and the client that asks it. */
function serverThatAnswers(...answers: readonly (Response | Error)[]) {
  const sent: Sent[] = [];
  const waiting = [...answers];
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    const body = init.body === null ? '' : new TextDecoder().decode(init.body as ArrayBuffer);
    sent.push({ method: init.method ?? 'GET', url: new URL(String(url)), headers: init.headers as Headers, body });
    const answer = waiting.shift() ?? Response.error();
    if (answer instanceof Error || answer.type === 'error') throw answer;
    return answer;
  };
  const retry = { giveUpAfterMs: 2_000, firstDelayMs: 1 };
  const client = new Client({ url: URL_OF_SERVER, apiKey: 'lk_key', retry, fetch: fetch as typeof globalThis.fetch });
  return { client, sent };
}

const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  Response.json(
    { type: 'urn:x', title: 'No', status, detail: 'It is so.', code, canRetry: false, ...more },
    { status, headers },
  );

const lines = (...all: readonly object[]) =>
  new Response(all.map((it) => `${JSON.stringify(it)}\n`).join(''), {
    headers: { 'content-type': 'application/x-ndjson' },
  });

describe('the client', () => {
  test('sends JSON, its key, and ids of any form', async () => {
    const { client, sent } = serverThatAnswers(Response.json(SEARCH_ANSWER), Response.json({ state: 'ready' }));
    expect(await client.post('/v1/search', { body: { imageId: 'a', limit: 2 } })).toEqual(SEARCH_ANSWER);
    expect(sent[0]).toMatchObject({ method: 'POST', body: '{"imageId":"a","limit":2}' });
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer lk_key');
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    await client.get('/v1/images/{imageId}', { params: { path: { imageId: 'a/50% "ü"' } } });
    expect(sent[1]?.url.pathname).toBe('/v1/images/a%2F50%25%20%22%C3%BC%22');
  });

  test('sends a picture as a form, its file last, other fields as texts', async () => {
    const { client, sent } = serverThatAnswers(Response.json(SEARCH_ANSWER));
    const filter = { attribute: 'album', equals: 'pets' };
    await client.post('/v1/search', {
      body: { file: new Blob(['pixels']), limit: 2, include: ['attributes', 'vectors'], filter },
    });
    const { headers, body } = sent[0] as Sent;
    const form = await new Response(body, {
      headers: { 'content-type': headers.get('content-type') ?? '' },
    }).formData();
    const fields = await Promise.all(
      [...form].map(async ([name, it]) => [name, typeof it === 'string' ? it : await it.text()]),
    );
    expect(fields).toEqual([
      ['limit', '2'],
      ['include', 'attributes,vectors'],
      ['filter', JSON.stringify(filter)],
      ['file', 'pixels'],
    ]);
  });

  test('sends lists of names in parameters with commas between, and JSON as it is given', async () => {
    const { client, sent } = serverThatAnswers(Response.json(SEARCH_ANSWER));
    const region = JSON.stringify({ left: 0, top: 0, width: 0.5, height: 1 });
    const query = { limit: 1, include: ['vectors' as const], region };
    await client.get('/v1/images/{imageId}/similar', { params: { path: { imageId: 'a' }, query } });
    expect(Object.fromEntries(sent[0]?.url.searchParams ?? [])).toEqual({
      limit: '1',
      include: 'vectors',
      region,
    });
  });

  test('throws what is refused, with its code, its facts and its fields', async () => {
    const errors = [{ field: 'limit', rule: 'is odd' }];
    const { client, sent } = serverThatAnswers(problem(400, 'invalid-request', { errors, least: 16 }));
    const refused: ApiProblem = await client.post('/v1/search', { body: {} }).catch((error) => error);
    expect(refused).toMatchObject({ name: 'ApiProblem', status: 400, code: 'invalid-request', message: 'It is so.' });
    expect([refused.facts, refused.problem.errors]).toEqual([{ least: 16 }, errors]);
    expect(sent).toHaveLength(1);
  });

  test('asks again, with the whole body, when the server has too much to do', async () => {
    const busy = problem(429, 'rate-limited', { canRetry: true }, { 'retry-after': '0' });
    const { client, sent } = serverThatAnswers(busy, Response.json({ version: 1 }));
    const body = { file: new Blob(['pixels']) };
    await client.put('/v1/images/{imageId}', { params: { path: { imageId: 'a' } }, body });
    expect(sent).toHaveLength(2);
    expect(sent[1]?.body).toBe(sent[0]?.body);
    expect(sent[1]?.body).toContain('pixels');
  });

  test('repeats what is harmless twice when its answer is lost, and not what would be made twice', async () => {
    const body = { decision: 'keep' as const, images: [] };
    const { client, sent } = serverThatAnswers();
    const lost = { name: 'ServerUnreachable', isSurelyUnsent: false };
    await expect(client.post('/v1/duplicates/decisions', { body })).rejects.toMatchObject(lost);
    await expect(client.post('/v1/images', { body: { file: new Blob(['pixels']) } })).rejects.toMatchObject(lost);
    expect(sent).toHaveLength(2);
    const hasty = client.with({ retry: { giveUpAfterMs: 20, firstDelayMs: 1 } });
    await expect(hasty.post('/v1/search', { body: {} })).rejects.toMatchObject(lost);
    expect(sent.length).toBeGreaterThan(3);
  });

  test('repeats what would be made twice when it was refused for now, did not arrive, or has a key to be known by', async () => {
    const made = Response.json({ imageId: 'a', version: 1 });
    const busy = problem(503, 'overloaded', { canRetry: true }, { 'retry-after': '0' });
    const after503 = serverThatAnswers(busy, made.clone());
    await after503.client.post('/v1/duplicates/decisions', { body: { decision: 'keep', images: [] } });
    expect(after503.sent).toHaveLength(2);
    const refused = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
    const afterRefusal = serverThatAnswers(refused, made.clone());
    await afterRefusal.client.post('/v1/images', { body: { file: new Blob(['pixels']) } });
    expect(afterRefusal.sent).toHaveLength(2);
    const keyed = serverThatAnswers(Response.error(), made.clone());
    const params = { header: { 'Idempotency-Key': 'once' } };
    await keyed.client.post('/v1/images', { params, body: { file: new Blob(['pixels']) } });
    expect(keyed.sent).toHaveLength(2);
  });

  test('gives up one request between two tries when its caller does', async () => {
    const busy = problem(503, 'overloaded', { canRetry: true }, { 'retry-after': '3600' });
    const { client, sent } = serverThatAnswers(busy);
    const stop = new AbortController();
    const patient = client.with({ retry: { giveUpAfterMs: 600_000, onRetry: () => stop.abort(new Error('stopped')) } });
    await expect(patient.get('/v1/status', { signal: stop.signal })).rejects.toThrow('stopped');
    expect(sent).toHaveLength(1);
  });

  test.each(['its caller', 'who made the client'])(
    'gives up while it waits for a next try when %s does',
    async (who) => {
      const busy = problem(503, 'overloaded', { canRetry: true }, { 'retry-after': '3600' });
      const { client } = serverThatAnswers(busy);
      const [own, all] = [new AbortController(), new AbortController()];
      const stop = () => (who === 'its caller' ? own : all).abort(new Error('stopped'));
      const onRetry = () => setTimeout(stop, 20);
      const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
      const before = timers();
      const patient = client.with({ signal: all.signal, retry: { giveUpAfterMs: 600_000, onRetry } });
      await expect(patient.get('/v1/status', { signal: own.signal })).rejects.toThrow('stopped');
      // Nothing is left that would keep the process, or that the client's signal would go on remembering.
      expect(timers()).toBe(before);
      expect(getEventListeners(all.signal, 'abort')).toHaveLength(0);
    },
  );

  test('reads bytes too', async () => {
    const { client } = serverThatAnswers(new Response('webp', { headers: { 'content-type': 'image/webp' } }));
    const params = { path: { imageId: 'a' } };
    const thumbnail = await client.get('/v1/images/{imageId}/thumbnail', { params, parseAs: 'blob' });
    expect(await thumbnail.text()).toBe('webp');
  });

  test('tells of work that goes on, and gives its last line', async () => {
    const working = { type: 'working', seconds: 5 };
    const report = { isDryRun: true };
    const { client } = serverThatAnswers(lines(working, { type: 'collected', report }));
    const heard: number[] = [];
    const last = await client.last('/v1/blobs/collect', { body: { dryRun: true } }, (seconds) => heard.push(seconds));
    expect([last.report, heard]).toEqual([report, [5]]);
  });

  test('tells how far work is that can be counted', async () => {
    const calibrated = { type: 'calibrated', calibration: null };
    const { client } = serverThatAnswers(lines({ type: 'working', seconds: 5, done: 3, total: 9 }, calibrated));
    const heard: unknown[] = [];
    await client.last('/v1/calibrate', { body: {} }, (_, part) => heard.push(part));
    expect(heard).toEqual([{ done: 3, total: 9 }]);
  });

  test('throws a problem that comes as a line', async () => {
    const gone = { code: 'log-incomplete', title: 'No', detail: 'It is so.', canRetry: false };
    const { client } = serverThatAnswers(lines({ type: 'working', seconds: 5 }, { type: 'problem', problem: gone }));
    await expect(client.last('/v1/blobs/collect', { body: {} })).rejects.toMatchObject({ code: 'log-incomplete' });
  });
});
