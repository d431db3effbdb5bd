import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiScope, apiKeyOf, apiKeySha256, formatApiKeyEntry } from '#core';
import { eventually, PROJECT_ROOT } from '#testkit';
import { form, json, send } from '../ingest/requests.js';
import { endOfCommand, startCommand } from './lookalike-command.js';
import { type Photo, pictures } from './photos.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const keyOf = (byte: number) => apiKeyOf(new Uint8Array(32).fill(byte));
const [PUBLISHER, SEARCHER, OPERATOR, STRANGER] = [1, 2, 3, 4].map(keyOf) as [string, string, string, string];
const ALL = [PUBLISHER, SEARCHER, OPERATOR, STRANGER];
const entryOf = (name: string, scope: ApiScope, key: string) =>
  formatApiKeyEntry({ name, scopes: [scope], sha256: apiKeySha256(key).toString('hex') });
const KEYS = [
  entryOf('cms', 'publish', PUBLISHER),
  entryOf('web', 'search', SEARCHER),
  entryOf('ops', 'operate', OPERATOR),
].join(',');

describe('a server with keys', () => {
  const workplace = new Workplace();
  let server: ServerProcess;
  let photo: Photo;
  beforeAll(async () => {
    // Everything that might be written is written.
    server = await workplace.start({ LOOKALIKE_API_KEYS: KEYS, LOOKALIKE_LOG_LEVEL: 'trace' });
    [photo] = (await pictures(1)) as [Photo];
  });
  afterAll(() => workplace.remove());

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const ask = (path: string, key: string | null, init: RequestInit = {}) => {
    const headers = { ...(init.headers as Record<string, string>), ...(key !== null && bearer(key)) };
    return send(`${server.url}${path}`, { ...init, headers });
  };
  const upload = () => ({ method: 'POST', body: form(['imageId', 'a'], ['file', photo.bytes]) });
  const byPicture = () => ({ method: 'POST', body: form(['file', photo.bytes]) });
  const line = (): RequestInit => ({
    method: 'POST',
    body: '{"op":"delete","imageId":"b"}\n',
    headers: { 'content-type': 'application/x-ndjson' },
  });

  test('lets each do what its key is for, and nothing else', async () => {
    expect(await ask('/v1/images', PUBLISHER, upload())).toMatchObject({ status: 202 });
    expect(await ask('/v1/images/bulk', PUBLISHER, line())).toMatchObject({ status: 200 });
    const visible = () => ask('/v1/images/a?minVersion=0&wait=5', PUBLISHER);
    await eventually(async () => expect(await visible()).toMatchObject({ body: { state: 'ready' } }));
    expect(await ask('/v1/search', SEARCHER, byPicture())).toMatchObject({ body: { results: [{ imageId: 'a' }] } });
    for (const key of [PUBLISHER, SEARCHER, OPERATOR]) {
      expect(await ask('/v1/status', key)).toMatchObject({ status: 200 });
    }

    for (const key of [SEARCHER, OPERATOR]) {
      expect(await ask('/v1/images', key, upload())).toMatchObject({ status: 403, body: { code: 'scope-missing' } });
      expect(await ask('/v1/images/bulk', key, line())).toMatchObject({ status: 403 });
      expect(await ask('/v1/images/a', key, { method: 'DELETE' })).toMatchObject({ status: 403 });
    }
    for (const key of [PUBLISHER, OPERATOR]) {
      expect(await ask('/v1/search', key, byPicture())).toMatchObject({ status: 403 });
      expect(await ask('/v1/images/a/thumbnail', key)).toMatchObject({ status: 403 });
    }
    for (const key of [null, STRANGER]) {
      const requests: [string, RequestInit?][] = [
        ['/v1/images', upload()],
        ['/v1/images/bulk', line()],
        ['/v1/images/a', { method: 'DELETE' }],
        ['/v1/images/a'],
        ['/v1/images/a/thumbnail'],
        ['/v1/search', byPicture()],
        ['/v1/status'],
      ];
      for (const [path, init] of requests) {
        expect(await ask(path, key, init)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      }
      for (const path of ['/', '/health/live', '/health/ready']) {
        expect((await fetch(`${server.url}${path}`, { headers: key === null ? {} : bearer(key) })).status).toBe(200);
      }
    }
  });

  test('is spoken to by the command line, with a key of its own', async () => {
    const folder = workplace.path('pictures');
    mkdirSync(folder);
    writeFileSync(join(folder, photo.name), photo.bytes);
    expect(await lookalike(PUBLISHER, 'import', folder)).toMatchObject({ code: 0 });
    expect(await lookalike(SEARCHER, 'search', photo.name)).toMatchObject({ code: 0 });
    expect(await lookalike(OPERATOR, 'status', '--json')).toMatchObject({ code: 0 });
    expect(await lookalike(SEARCHER, 'import', folder, '--force')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('scope-missing'),
    });
    expect(await lookalike(STRANGER, 'status')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('LOOKALIKE_API_KEY'),
    });
    for (const args of [['config'], ['config', '--json']]) {
      const { stdout, code } = await lookalike(PUBLISHER, ...args);
      expect(code).toBe(0);
      expect(stdout).toContain('(hidden)');
    }
  });

  test.each([PUBLISHER, null])('tells nothing of itself in an answer, to whoever asks (%j)', async (key) => {
    const odd: [string, RequestInit?][] = [
      ['/nothing'],
      ['/v1/images/%zz'],
      ['/v1/images/%00'],
      [`/v1/images/${'x'.repeat(2000)}`],
      ['/v1/images/a?minVersion=x'],
      ['/v1/status', { method: 'DELETE' }],
      ['/v1/images', json('POST', '{"broken')],
      ['/v1/images', json('POST', '{"__proto__": {}}')],
      ['/v1/images', json('POST', { uri: 'file:///etc/passwd' })],
      ['/v1/images', json('POST', { uri: `blob:${'0'.repeat(64)}` })],
      ['/v1/images', { method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data' } }],
      ['/v1/images', { method: 'POST', body: form(['file', Buffer.from('no picture')]) }],
      ['/v1/search', json('POST', { imageId: 'a', filter: { sql: 1 } })],
    ];
    for (const [path, init] of odd) {
      const { status, headers, body } = await ask(path, key, init);
      const answer = JSON.stringify(body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(answer).not.toContain(workplace.folder);
      expect(answer).not.toContain(PROJECT_ROOT);
      expect(answer).not.toMatch(/node_modules|\\n *at |\.js\b|Error:/);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
  });

  test('never writes a key, its hash or its header', async () => {
    const output = () => server.output.toLowerCase();
    await eventually(() => expect(output()).toContain('/v1/search'));
    await ask('/v1/status', OPERATOR);
    await eventually(() => expect(output()).toContain('"key":"ops"'));
    await server.stop();
    for (const key of ALL) {
      expect(output()).not.toContain(key.slice(3).toLowerCase());
      expect(output()).not.toContain(apiKeySha256(key).toString('hex'));
    }
    for (const word of ['bearer', 'authorization']) expect(output()).not.toContain(word);
  });

  async function lookalike(key: string, ...args: string[]) {
    const keys = { LOOKALIKE_API_KEY: key, LOOKALIKE_API_KEYS: KEYS };
    const env = { PATH: process.env.PATH ?? '', LOOKALIKE_URL: server.url, ...keys };
    const answer = await endOfCommand(await startCommand(env, ...args));
    for (const it of ALL) expect(answer.stdout + answer.stderr).not.toContain(it.slice(3));
    return answer;
  }
});

describe('a start', () => {
  const workplace = new Workplace();
  afterAll(() => workplace.remove());

  test.each(['0.0.0.0', '::', '192.0.2.1'])('without keys on %s is refused before anything is opened', async (host) => {
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_HOST: host });
    expect(exitCode).toBe(2);
    expect(existsSync(workplace.path('data'))).toBe(false);
    expect(stderr).toMatch(
      new RegExp(`^invalid-setting: LOOKALIKE_HOST is "${host}", which other machines can reach, .*keys new.*\\n$`),
    );
  });

  test.each(['ingest', 'embedder', 'query'] as const)('of %s too', async (app) => {
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_HOST: '0.0.0.0' }, app);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('LOOKALIKE_HOST') });
  });

  test('with a key in place of its hash is refused without showing it', async () => {
    const { exitCode, stderr } = await workplace.failToStart({ LOOKALIKE_API_KEYS: `app:search:${PUBLISHER}` });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('(hidden)') });
    expect(stderr).not.toContain(PUBLISHER.slice(3));
  });
});
