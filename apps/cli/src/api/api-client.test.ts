import { FakeServer, firstTimes, problem, send } from '../../test/fake-server.js';
import { ApiClient } from './api-client.js';
import { type ApiProblem, ServerUnreachable } from './errors.js';

let server: FakeServer;
let client: ApiClient;
const picture = Buffer.from('a picture');

beforeEach(async () => {
  server = await FakeServer.start();
  client = new ApiClient(server.url, { retry: { giveUpAfterMs: 2_000, firstDelayMs: 10 } });
});
afterEach(() => server.stop());

describe('the API client', () => {
  test('sends any id and reads the answer back', async () => {
    const id = 'a folder/50% of "ü" #1?.jpg';
    expect(await client.putImage(id, picture)).toEqual({ imageId: id, version: 1 });
    expect(await client.image(id)).toMatchObject({ imageId: id, state: 'ready', version: 1 });
  });

  test('says null of an image nobody knows', async () => {
    expect(await client.image('nobody')).toBeNull();
  });

  test('takes a refusal at its word, once', async () => {
    server.interfere = firstTimes(9, 'PUT', (response) =>
      problem(response, 400, 'invalid-request', 'One field is wrong.', {
        errors: [{ field: 'limit', rule: 'is odd' }],
      }),
    );
    await expect(client.putImage('a', picture)).rejects.toMatchObject({
      message: 'One field is wrong.',
      status: 400,
      code: 'invalid-request',
      problem: { errors: [{ field: 'limit', rule: 'is odd' }] },
    } satisfies Partial<ApiProblem> | object);
    expect(server.requests).toEqual(['PUT a']);
  });

  test.each([429, 502, 503, 504])('tries again after %d', async (status) => {
    server.interfere = firstTimes(2, 'PUT', (response) => problem(response, status, 'overloaded', 'Too much.'));
    expect(await client.putImage('a', picture)).toMatchObject({ version: 1 });
    expect(server.requests).toEqual(['PUT a', 'PUT a', 'PUT a']);
  });

  test('waits as long as Retry-After says', async () => {
    server.interfere = firstTimes(1, 'PUT', (response) =>
      problem(response, 503, 'overloaded', 'Too much.', { retryAfter: '1' }),
    );
    const startedAt = Date.now();
    await client.putImage('a', picture);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  test('tries again after a cut connection', async () => {
    server.interfere = firstTimes(1, 'PUT', (response) => response.destroy());
    expect(await client.putImage('a', picture)).toMatchObject({ version: 1 });
  });

  test('gives up when its time is over, with the last reason', async () => {
    server.interfere = firstTimes(99, 'GET', (response) => problem(response, 503, 'overloaded', 'Too much.'));
    const hasty = new ApiClient(server.url, { retry: { giveUpAfterMs: 100, firstDelayMs: 10 } });
    await expect(hasty.status()).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('counts a long silence as no answer', async () => {
    server.interfere = () => true;
    const hasty = new ApiClient(server.url, { timeoutMs: 50, retry: { giveUpAfterMs: 0 } });
    await expect(hasty.status()).rejects.toThrow(`No answer from ${server.url}: silence for 0 s.`);
  });

  test('says that nobody listens', async () => {
    const gone = await FakeServer.start();
    const { url } = gone;
    await gone.stop();
    const hasty = new ApiClient(url, { retry: { giveUpAfterMs: 0 } });
    await expect(hasty.status()).rejects.toThrow(ServerUnreachable);
    await expect(hasty.status()).rejects.toThrow(`No answer from ${url}: nobody listens there.`);
    expect(await hasty.isReady()).toBe(false);
  });

  test("knows when it talks to something that is not lookalike's API", async () => {
    server.interfere = firstTimes(1, 'GET', (response) => response.end('<html>Welcome to the printer</html>'));
    await expect(client.status()).rejects.toMatchObject({ code: 'not-lookalike' });
    server.interfere = firstTimes(1, 'GET', (response) => send(response, 200, { hello: 1 }));
    await expect(client.status()).rejects.toMatchObject({ code: 'not-lookalike' });
  });

  test("makes do with a proxy's page instead of a problem", async () => {
    server.interfere = firstTimes(1, 'GET', (response) => response.writeHead(403).end('<h1>Forbidden</h1>'));
    await expect(client.status()).rejects.toMatchObject({ message: 'The server answered 403', code: 'http-403' });
  });

  test('ends a wait between two tries when it is stopped', async () => {
    const stop = new AbortController();
    const onRetry = () => stop.abort(new Error('stopped'));
    const retry = { giveUpAfterMs: 600_000, onRetry };
    const stoppable = new ApiClient(server.url, { signal: stop.signal, retry });
    // Longer than a test may take.
    const busy = { retryAfter: '3600' };
    server.interfere = firstTimes(99, 'GET', (response) => problem(response, 503, 'overloaded', 'Too much.', busy));
    await expect(stoppable.status()).rejects.toThrow('stopped');
    expect(server.requests).toHaveLength(1);
  });
});
