import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Body, Controller, Get, Injectable, Module, type OnApplicationShutdown, Param, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, ValidateNested } from 'class-validator';
import { MulterError } from 'multer';
import { pino } from 'pino';
import { ERROR_CODES, LookalikeError } from '#core';
import { createHttpApp, ForEverybody, IfGiven, toProblem } from '#nest';
import { waitUntil } from '#testkit';

class Inner {
  @IsString()
  text!: string;
}

class Form {
  @IsInt()
  @Max(10)
  number!: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => Inner)
  inner?: Inner;
}

const THROWN: Record<string, () => Error> = {
  unknown: () => new LookalikeError('image-unknown', 'There is no image "a".', { facts: { imageId: 'a' } }),
  rule: () =>
    new LookalikeError('invalid-image-id', 'imageId …', { facts: { field: 'imageId', rule: 'must not be empty' } }),
  fault: () => new LookalikeError('storage-unavailable', 'ENOSPC /srv/data/log', { facts: { path: '/srv/data' } }),
  overloaded: () => new LookalikeError('overloaded', 'busy'),
  crowded: () => new LookalikeError('too-many-requests', 'Too many searches are waiting.'),
  bug: () => new TypeError('secret /srv/data'),
  multer: () => new MulterError('LIMIT_UNEXPECTED_FILE', 'other'),
};

const gate = { entered: () => {}, open: Promise.resolve() };

class OptionalForm {
  @IfGiven()
  @IsInt()
  number?: number;
}

@ForEverybody()
@Controller('things')
class ThingsController {
  @Get(':name')
  async get(@Param('name') name: string): Promise<object> {
    const thrown = THROWN[name];
    if (thrown !== undefined) throw thrown();
    if (name === 'slow') {
      gate.entered();
      await gate.open;
    }
    return { name };
  }

  @Post()
  post(@Body() form: Form): Form {
    return form;
  }

  @Post('optional')
  optional(@Body() body: OptionalForm): object {
    return body;
  }
}

const stopped: string[] = [];

@Injectable()
class Resource implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    stopped.push('resource');
  }
}

@Module({ controllers: [ThingsController], providers: [Resource] })
class ThingsModule {}

type LogLine = { msg: string; level: number; req?: { id: string; path: string }; err?: { message: unknown } };

describe('the HTTP application', () => {
  const lines: LogLine[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  let app: NestExpressApplication;
  let url: string;

  beforeEach(async () => {
    lines.length = 0;
    stopped.length = 0;
    const server = { host: '127.0.0.1', shutdownTimeoutSeconds: 1, bodyStallSeconds: 10 };
    const rate = { perSecond: 1000, burst: 1000 };
    const rates = { publish: rate, search: rate, operate: rate };
    const access = { keys: [], allowedHosts: [], corsOrigins: [], rates };
    const settings = { server, access, logging: { level: 'info' } };
    app = await createHttpApp(ThingsModule, settings, logger);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterEach(() => app.close());

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  async function rawPost(path: string, headers: Record<string, string>, body: string) {
    const request = httpRequest(`${url}${path}`, { method: 'POST', headers });
    request.end(body);
    const [response]: IncomingMessage[] = await once(request, 'response');
    const text = response === undefined ? '' : Buffer.concat(await response.toArray()).toString();
    return { status: response?.statusCode, problem: JSON.parse(text) };
  }
  const requestsFailed = () => lines.filter(({ msg }) => msg === 'The request failed.');

  test('an error of ours is answered by its code, with its facts', async () => {
    const response = await fetch(`${url}/things/unknown`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toEqual({
      type: 'urn:lookalike:problem:image-unknown',
      title: 'Image unknown',
      status: 404,
      detail: 'There is no image "a".',
      code: 'image-unknown',
      canRetry: false,
      imageId: 'a',
    });
    expect(requestsFailed()).toEqual([]);
  });

  test.each([
    ['by its site', { 'sec-fetch-site': 'cross-site' }],
    ['of a neighbouring site', { 'sec-fetch-site': 'same-site' }],
    ['by its origin', { origin: 'http://elsewhere.example' }],
    ['without an origin of its own', { origin: 'null' }],
  ])('a change asked for by a foreign page is refused, known %s', async (_how, headers) => {
    // fetch sets these headers itself, so the request is written out.
    const { status, problem } = await rawPost(
      '/things',
      { 'content-type': 'application/json', ...headers },
      '{"number":1}',
    );
    expect(status).toBe(403);
    expect(problem).toMatchObject({ code: 'cross-site-refused' });
  });

  test.each([
    ['the page itself', { 'sec-fetch-site': 'same-origin' }],
    ['a program', {}],
  ])('a change asked for by %s is taken', async (_who, headers) => {
    const { status } = await rawPost('/things', { 'content-type': 'application/json', ...headers }, '{"number":1}');
    expect(status).toBe(201);
  });

  test.each(['elsewhere.example', 'elsewhere.example:8080', '127.0.0.1.elsewhere.example', 'localhost.example', 'a b'])(
    'on loopback nobody reads anything under the name %s, which a page may have pointed here',
    async (host) => {
      const { status, problem } = await rawPost(
        '/things',
        { host, 'content-type': 'application/json' },
        '{"number":1}',
      );
      expect(status).toBe(421);
      expect(problem).toMatchObject({ code: 'host-not-allowed' });
    },
  );

  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:80', '[::1]:80', '192.168.0.7'])(
    'on loopback %s is a name of the server',
    async (host) => {
      const { status } = await rawPost('/things', { host, 'content-type': 'application/json' }, '{"number":1}');
      expect(status).toBe(201);
    },
  );

  test('one broken rule has the form of many', async () => {
    const problem = await (await fetch(`${url}/things/rule`)).json();
    expect(problem).toMatchObject({
      code: 'invalid-image-id',
      errors: [{ field: 'imageId', rule: 'must not be empty' }],
    });
    expect(problem).not.toHaveProperty('field');
  });

  test('a fault says when to try again, tells nothing of the machine, and is logged once', async () => {
    const response = await fetch(`${url}/things/fault`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'storage-unavailable', canRetry: true });
    expect(text).not.toContain('/srv');
    expect(requestsFailed()).toMatchObject([{ level: 40, err: { message: 'ENOSPC /srv/data/log' } }]);
    expect(lines.filter(({ err }) => err !== undefined)).toHaveLength(1);
  });

  test.each([
    ['crowded', 429, '1', 'Too many searches are waiting.', []],
    ['overloaded', 503, '1', 'The server has too much to do. Try again later.', [{ level: 40 }]],
  ])('%s is %d, to be asked again after %s s', async (name, status, retryAfter, detail, logged) => {
    const response = await fetch(`${url}/things/${name}`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ status, detail, canRetry: true });
    expect(requestsFailed()).toMatchObject(logged);
  });

  test('an unforeseen error is a 500 without details, and is logged once with its stack', async () => {
    const response = await fetch(`${url}/things/bug`, { headers: { 'x-request-id': 'r-1' } });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', canRetry: false });
    expect(text).not.toContain('secret');
    expect(requestsFailed()).toMatchObject([
      { level: 50, req: { id: 'r-1' }, err: { message: expect.stringContaining('secret /srv/data') } },
    ]);
  });

  test('an unknown path is 404 route-unknown', async () => {
    const response = await fetch(`${url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'route-unknown' });
  });

  test('a wrong method is 405 with the methods that fit', async () => {
    const response = await fetch(`${url}/things/a`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'method-not-allowed', allowed: ['GET', 'HEAD'] });
  });

  test('a path that is not percent-encoding is a 400', async () => {
    const response = await fetch(`${url}/things/%zz`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ field: 'path' }] });
  });

  test('a body that is not UTF-8 is a 400, not a body with replaced characters', async () => {
    const body = Buffer.concat([Buffer.from('{"number":1,"inner":{"text":"'), Buffer.from([0xff]), Buffer.from('"}}')]);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/things`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'body', rule: 'must be UTF-8' }] });
  });

  test('broken JSON is a 400 that does not repeat the body', async () => {
    const response = await post('{"number": hunter2}');
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid-request', detail: 'body must be valid JSON.' });
    expect(text + JSON.stringify(lines)).not.toContain('hunter2');
  });

  test.each(['7', '"text"', 'null'])('%s is not a body', async (body) => {
    expect((await post(body)).status).toBe(400);
  });

  test.each(['[1]', '[]'])('the list %s is not an object', async (list) => {
    const response = await post(list);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'body', rule: 'must be a JSON object' }] });
  });

  test('a JSON body over 2 MiB is a 413', async () => {
    const response = await post(JSON.stringify({ number: 1, text: 'x'.repeat(2_097_152) }));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'body-too-large', maxBytes: 2_097_152 });
  });

  test('an encoding nobody knows is a 415', async () => {
    const response = await post('{}', { 'content-encoding': 'rot13' });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'media-type-not-supported' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'a body of %j is not taken for none',
    async (type) => {
      const body = Buffer.from('{"number":1}');
      const { status, problem } = await rawPost(
        '/things/optional',
        type === '' ? {} : { 'content-type': type },
        body.toString(),
      );
      expect([status, problem.code]).toEqual([415, 'media-type-not-supported']);
    },
  );

  test.each([{}, { 'content-length': '0' }, { 'content-type': 'text/plain', 'content-length': '0' }])(
    'no body is one that is left out (%j)',
    async (headers) => {
      expect(await rawPost('/things/optional', headers, '')).toMatchObject({ status: 201, problem: {} });
    },
  );

  test("multer's errors name the field", async () => {
    const response = await fetch(`${url}/things/multer`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ field: 'other' }] });
  });

  test('every broken rule of a body is named, nested ones with their path', async () => {
    const response = await post('{"number": "x", "more": 1, "inner": {"text": 5, "deep": 1}}');
    expect(response.status).toBe(400);
    const { code, errors } = (await response.json()) as { code: string; errors: { field: string; rule: string }[] };
    expect(code).toBe('invalid-request');
    expect(errors).toEqual(
      expect.arrayContaining([
        { field: 'number', rule: 'must be an integer number' },
        { field: 'more', rule: 'is not known' },
        { field: 'inner.text', rule: 'must be a string' },
        { field: 'inner.deep', rule: 'is not known' },
      ]),
    );
  });

  test.each([
    ['{"number": 3, "__proto__": {}}', '__proto__'],
    ['{"number": 3, "inner": {"text": "a", "__proto__": {}}}', 'inner.__proto__'],
  ])('%s is refused, not silently cut', async (body, field) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field, rule: 'is not known' }] });
  });

  test('a body that is nested too deeply is refused', async () => {
    const response = await post(`{"number": 3, "inner": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'inner' }] });
  });

  test('a body that fits comes through', async () => {
    const response = await post('{"number": 3, "inner": {"text": "a"}}');
    expect(await response.json()).toEqual({ number: 3, inner: { text: 'a' } });
  });

  test('answers carry the security headers and no advertising', async () => {
    const { headers } = await fetch(`${url}/things/a`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a page may load what is of this server, or made in it, and be shown in no other', async () => {
    const { headers } = await fetch(`${url}/things/a`);
    expect(headers.get('content-security-policy')?.split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' blob: data:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('a request is one line in the log: without query, body and headers', async () => {
    await post('{"number": 3}', { authorization: 'hunter2', 'x-request-id': 'a b' });
    await fetch(`${url}/things/a?key=hunter2`);
    const requests = lines.filter(({ msg }) => msg === 'request completed');
    expect(requests).toMatchObject([{ req: { path: '/things' } }, { req: { path: '/things/a' } }]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  test('stopping lets a request under way finish, refuses new ones, and only then stops the modules', async () => {
    let open = () => {};
    gate.open = new Promise((resolve) => {
      open = resolve;
    });
    const entered = new Promise<void>((resolve) => {
      gate.entered = resolve;
    });
    const slow = fetch(`${url}/things/slow`);
    await entered;
    const closing = app.close();
    await expectRefused(url);
    expect(stopped).toEqual([]);
    open();
    const response = await slow;
    expect(response.status).toBe(200);
    await closing;
    expect(stopped).toEqual(['resource']);
  });

  test('stopping cuts off what has not ended after the limit', async () => {
    gate.open = new Promise(() => {});
    const entered = new Promise<void>((resolve) => {
      gate.entered = resolve;
    });
    const slow = fetch(`${url}/things/slow`).catch((error: unknown) => error);
    await entered;
    await app.close();
    expect(await slow).toMatchObject({ message: 'fetch failed' });
    expect(stopped).toEqual(['resource']);
  });
});

test('every error code has a problem', () => {
  for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
    const problem = toProblem(new LookalikeError(code, 'text'));
    expect(problem.status).toBeGreaterThanOrEqual(400);
    // What may be tried again is a 503, and the other way round, but for a server that is stopping and clients that are slow, hasty or many.
    if (!['log-closed', 'request-timeout', 'rate-limited', 'too-many-requests'].includes(code))
      expect(problem.status === 503).toBe(problem.canRetry);
  }
});

test('facts never hide what a problem says', () => {
  const error = new LookalikeError('invalid-request', 'text', { facts: { status: 200, code: 'x', limit: 3 } });
  expect(toProblem(error)).toMatchObject({ status: 400, code: 'invalid-request', limit: 3 });
});

async function expectRefused(url: string): Promise<void> {
  const { port, hostname } = new URL(url);
  await waitUntil('the server takes no more connections', async () => {
    const socket = connect(Number(port), hostname);
    const isRefused = await once(socket, 'connect').then(
      () => false,
      () => true,
    );
    socket.destroy();
    return isRefused;
  });
}
