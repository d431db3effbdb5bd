import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { pino } from 'pino';
import { type ApiKeyEntry, type ApiScope, apiKeyOf, apiKeySha256 } from '#core';
import { createHttpApp, ForEverybody, type HttpSettings, NeedsScope } from '#nest';

let parsed = 0;

@NeedsScope('search')
@Controller('things')
class ThingsController {
  @Get()
  look(): object {
    return { things: [] };
  }

  @NeedsScope('publish')
  @Post()
  make(@Body() body: object): object {
    parsed++;
    return body;
  }

  @NeedsScope('operate', 'search')
  @Get('count')
  count(): object {
    return { things: 0 };
  }

  @ForEverybody()
  @Get('open')
  open(): object {
    return { open: true };
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  get(): object {
    return { secret: 'hunter2' };
  }
}

@Module({ controllers: [ThingsController, ForgottenController] })
class ThingsModule {}

const keyOf = (byte: number) => apiKeyOf(new Uint8Array(32).fill(byte));
const entryOf = (name: string, key: string, ...scopes: ApiScope[]): ApiKeyEntry => ({
  name,
  scopes,
  sha256: apiKeySha256(key).toString('hex'),
});
const [APP, OLD_APP, OPS, STRANGER] = [1, 2, 3, 4].map(keyOf) as [string, string, string, string];
const KEYS = [
  entryOf('app', APP, 'publish', 'search'),
  entryOf('app-2025', OLD_APP, 'publish', 'search'),
  entryOf('ops', OPS, 'operate'),
];
const ENDLESS = { perSecond: 1000, burst: 1000 };
/** So long a window that no test sees its end. */
const TWO = { perSecond: 0.001, burst: 2 };
const NO_LIMITS = { publish: ENDLESS, search: ENDLESS, operate: ENDLESS };

type Line = { msg: string; key?: string; req?: { path: string }; err?: { message: string } };
const lines: Line[] = [];
let app: NestExpressApplication;
let url: string;

async function start(access: Partial<HttpSettings['access']> = {}, host = '127.0.0.1'): Promise<void> {
  const settings: HttpSettings = {
    server: { host, shutdownTimeoutSeconds: 1, bodyStallSeconds: 10 },
    access: { keys: KEYS, allowedHosts: [], corsOrigins: [], rates: NO_LIMITS, ...access },
    logging: { level: 'info' },
  };
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  app = await createHttpApp(ThingsModule, settings, logger);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
}

beforeEach(() => {
  lines.length = 0;
  parsed = 0;
});
afterEach(() => app.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
const post = (headers: Record<string, string> = {}, body = '{}') =>
  fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
/** With headers that `fetch` sets itself. */
async function raw(method: string, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = httpRequest(`${url}${path}`, { method, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}
async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect({ status: response.status, ...((await response.json()) as object) }).toMatchObject({ status, code });
}

describe('with keys', () => {
  test.each([
    ['no key', undefined],
    ['a key of the right form that nobody has', `Bearer ${STRANGER}`],
    ['a key of another form', 'Bearer hunter2'],
    ['nothing behind Bearer', 'Bearer'],
    ['another scheme', `Basic ${Buffer.from(`app:${APP}`).toString('base64')}`],
    ['the hash of a key', `Bearer ${apiKeySha256(APP).toString('hex')}`],
    ['two keys', `Bearer ${APP} ${APP}`],
  ])('a request with %s is answered the same 401', async (_what, authorization) => {
    await start();
    const response = await get('/things', authorization === undefined ? {} : { authorization });
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="lookalike"');
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      type: 'urn:lookalike:problem:unauthenticated',
      title: 'Unauthenticated',
      status: 401,
      detail: 'This needs an API key that the server takes: Authorization: Bearer KEY.',
      code: 'unauthenticated',
      canRetry: false,
    });
  });

  test('a key lets through to what it has a scope for, and several are taken at once', async () => {
    await start();
    for (const key of [APP, OLD_APP]) {
      expect((await get('/things', bearer(key))).status).toBe(200);
      expect((await post(bearer(key))).status).toBe(201);
    }
    expect((await get('/things', { authorization: `bearer ${APP}` })).status).toBe(200);
  });

  test('another scope is a 403 that names what is needed and not the key', async () => {
    await start();
    const response = await get('/things', bearer(OPS));
    expect(response.status).toBe(403);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'scope-missing', canRetry: false, scopes: ['search'] });
    for (const secret of ['ops', OPS]) expect(text).not.toContain(secret);
    await expectRefused(await post(bearer(OPS)), 403, 'scope-missing');
  });

  test('one of several scopes is enough', async () => {
    await start();
    for (const key of [APP, OPS]) expect((await get('/things/count', bearer(key))).status).toBe(200);
  });

  test('what is for everybody asks for no key, and minds no wrong one', async () => {
    await start();
    expect((await get('/things/open')).status).toBe(200);
    expect((await get('/things/open', bearer(STRANGER))).status).toBe(200);
  });

  test('an endpoint that declares nothing answers nobody', async () => {
    await start();
    for (const headers of [{}, bearer(APP)]) {
      const response = await get('/forgotten', headers);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('hunter2');
    }
    expect(lines.filter(({ err }) => err?.message === 'ForgottenController.get declares no scope.')).toHaveLength(2);
  });

  test('a body is not read before its sender is known', async () => {
    await start();
    await expectRefused(await post({}, '{"broken'), 401, 'unauthenticated');
    await expectRefused(await post(bearer(STRANGER), 'x'.repeat(300_000)), 401, 'unauthenticated');
    await expectRefused(await post(bearer(APP), '{"broken'), 400, 'invalid-request');
    expect(parsed).toBe(0);
  });

  test('the log names a key, and has nothing of it', async () => {
    await start();
    await get('/things', bearer(APP));
    await get('/things', bearer(STRANGER));
    await get('/forgotten', bearer(APP));
    const requests = lines.filter(({ msg }) => msg === 'request completed');
    expect(requests.map(({ key }) => key)).toEqual(['app', undefined, 'app']);
    const text = JSON.stringify(lines);
    for (const key of [APP, STRANGER]) {
      for (const it of [key, key.slice(3), apiKeySha256(key).toString('hex')]) expect(text).not.toContain(it);
    }
    expect(text.toLowerCase()).not.toContain('authorization');
  });
});

describe('without keys', () => {
  test('everything is allowed, whatever is sent, but what declares nothing', async () => {
    await start({ keys: [] });
    expect((await get('/things')).status).toBe(200);
    expect((await post(bearer(STRANGER))).status).toBe(201);
    expect((await get('/forgotten')).status).toBe(500);
  });

  test('requests are counted by address', async () => {
    await start({ keys: [], rates: { ...NO_LIMITS, search: TWO } });
    for (let i = 0; i < 2; i++) expect((await get('/things')).status).toBe(200);
    await expectRefused(await get('/things'), 429, 'rate-limited');
    expect((await post()).status).toBe(201);
  });
});

describe('a rate', () => {
  test('is of each key, answered with the time to wait', async () => {
    await start({ rates: { ...NO_LIMITS, search: TWO } });
    for (let i = 0; i < 2; i++) expect((await get('/things', bearer(APP))).status).toBe(200);
    const response = await get('/things', bearer(APP));
    expect(response.status).toBe(429);
    const problem = (await response.json()) as { retryAfterSeconds: number };
    expect(problem).toMatchObject({ code: 'rate-limited', canRetry: true });
    expect(response.headers.get('retry-after')).toBe(String(problem.retryAfterSeconds));
    expect(problem.retryAfterSeconds).toBeGreaterThan(1000);
    expect((await get('/things', bearer(OLD_APP))).status).toBe(200);
    expect((await post(bearer(APP))).status).toBe(201);
  });

  test('counts what the scope does not allow too', async () => {
    await start({ rates: { ...NO_LIMITS, search: TWO } });
    for (let i = 0; i < 2; i++) await expectRefused(await get('/things', bearer(OPS)), 403, 'scope-missing');
    await expectRefused(await get('/things', bearer(OPS)), 429, 'rate-limited');
  });

  test('of requests without a key never keeps out one with a key from the same address', async () => {
    await start();
    const statuses = [];
    for (let i = 0; i < 400; i++) statuses.push((await get('/things', bearer(STRANGER))).status);
    expect(statuses[0]).toBe(401);
    expect(statuses).toContain(429);
    expect((await get('/things', bearer(APP))).status).toBe(200);
    expect((await get('/things/open')).status).toBe(200);
  });
});

describe('names of the server', () => {
  const statusUnder = async (host: string) => (await raw('GET', '/things', { host, ...bearer(APP) })).statusCode;

  test('on loopback are those that are allowed, besides its own', async () => {
    await start({ allowedHosts: ['photos.example'] });
    for (const host of ['photos.example', 'PHOTOS.example:8080', 'localhost', '127.0.0.1']) {
      expect(await statusUnder(host)).toBe(200);
    }
    for (const host of ['elsewhere.example', 'a.photos.example', 'photos.example.elsewhere.example']) {
      expect(await statusUnder(host)).toBe(421);
    }
  });

  test('elsewhere are any, until they are given', async () => {
    await start({}, '0.0.0.0');
    expect(await statusUnder('elsewhere.example')).toBe(200);
    await app.close();
    await start({ allowedHosts: ['photos.example'] }, '0.0.0.0');
    expect(await statusUnder('photos.example')).toBe(200);
    expect(await statusUnder('192.168.0.7:8080')).toBe(200);
    expect(await statusUnder('elsewhere.example')).toBe(421);
  });
});

describe('pages of other origins', () => {
  const ORIGIN = 'https://photos.example';
  const asPage = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site', ...bearer(APP) });
  const preflight = (origin: string) =>
    raw('OPTIONS', '/things', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    });

  test('get nothing unless they are allowed', async () => {
    await start();
    expect((await preflight(ORIGIN)).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await raw('GET', '/things', asPage(ORIGIN))).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await raw('POST', '/things', asPage(ORIGIN))).statusCode).toBe(403);
  });

  test('that are allowed ask as others do: with a key, and without cookies', async () => {
    await start({ corsOrigins: [ORIGIN] });
    const { statusCode, headers } = await preflight(ORIGIN);
    expect(statusCode).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(headers['access-control-allow-headers']?.toString().toLowerCase()).toContain('authorization');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    const posted = await raw('POST', '/things', asPage(ORIGIN));
    expect(posted.statusCode).toBe(201);
    expect(posted.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(posted.headers.vary).toContain('Origin');
    expect((await raw('POST', '/things', { ...asPage(ORIGIN), authorization: '' })).statusCode).toBe(401);
  });

  test.each(['https://elsewhere.example', 'http://photos.example', 'https://photos.example:8443', 'null'])(
    'from %s stay refused beside one that is allowed',
    async (origin) => {
      await start({ corsOrigins: [ORIGIN] });
      expect((await preflight(origin)).headers).not.toHaveProperty('access-control-allow-origin');
      const posted = await raw('POST', '/things', asPage(origin));
      expect(posted.statusCode).toBe(403);
      expect(posted.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );
});
