import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { LookalikeError } from '#core';
import { eventually, sha256Of, waitUntil } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { NDJSON, PHOTO, send } from './requests.js';

const BLOB = `blob:${sha256Of(PHOTO)}`;

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects
type Result = any;

const line = (imageId: string, more: object = {}) => JSON.stringify({ imageId, uri: BLOB, ...more });

describe('bulk', () => {
  let server: IngestServer;
  /** How many of the next appends fail. */
  let faults = 0;
  let appends = 0;

  beforeEach(async () => {
    faults = 0;
    appends = 0;
    server = await startIngest({
      append: async (log, topic, records) => {
        appends++;
        if (faults-- > 0) throw new LookalikeError('storage-unavailable', 'ENOSPC /srv/data/log.db');
        return log.append(topic, records);
      },
    });
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
  });
  afterEach(() => server.close());

  async function bulk(body: string | Buffer): Promise<Result[]> {
    const url = `${server.url}/v1/images/bulk`;
    const response = await fetch(url, { method: 'POST', headers: NDJSON, body: new Uint8Array(Buffer.from(body)) });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    const text = await response.text();
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((it) => JSON.parse(it));
  }

  const ids = async () => (await server.events()).map(({ event }) => event.imageId).sort();

  test('each line has its result, in order', async () => {
    const results = await bulk(
      [
        line('a'),
        line('b', { op: 'add', attributes: { x: 1 } }),
        line('a', { op: 'update' }),
        '{"op":"delete","imageId":"nobody"}',
      ].join('\n'),
    );
    expect(results).toMatchObject([
      { line: 1, status: 202, imageId: 'a' },
      { line: 2, status: 202, imageId: 'b' },
      { line: 3, status: 202, imageId: 'a' },
      { line: 4, status: 202, imageId: 'nobody' },
    ]);
    expect(results[2].version).toBeGreaterThan(results[0].version);
    const events = await server.events();
    for (const result of results) {
      expect(events).toContainEqual({
        event: expect.objectContaining({ imageId: result.imageId }),
        position: result.position,
      });
      expect(result.version).toBe(result.position.offset);
    }
    expect(events.map(({ event }) => event.kind).sort()).toEqual(['added', 'added', 'deleted', 'updated']);
  });

  test.each<[string, string | Buffer, number, string, string | null]>([
    ['broken JSON', '{"imageId":', 400, 'invalid-request', 'line'],
    ['a number', '7', 400, 'invalid-request', 'line'],
    ['a list', '[]', 400, 'invalid-request', 'line'],
    ['bytes that are not UTF-8', Buffer.from('{"imageId":"a\xff"}', 'latin1'), 400, 'invalid-request', 'line'],
    ['a line over 64 KiB', line('a', { attributes: { x: 'x'.repeat(70_000) } }), 400, 'invalid-request', 'line'],
    ['a line over 1 MiB', line('a', { attributes: { x: 'x'.repeat(1_100_000) } }), 400, 'invalid-request', 'line'],
    ['an unknown op', line('a', { op: 'upsert' }), 400, 'invalid-request', 'op'],
    ['an op that is null', line('a', { op: null }), 400, 'invalid-request', 'op'],
    ['no id', JSON.stringify({ uri: BLOB }), 400, 'invalid-image-id', 'imageId'],
    ['a bad id', line('a\u0000'), 400, 'invalid-image-id', 'imageId'],
    ['no uri', '{"imageId":"a"}', 400, 'invalid-request', 'uri'],
    ['an unknown field', line('a', { title: 'x' }), 400, 'invalid-request', 'title'],
    ['a delete with a uri', line('a', { op: 'delete' }), 400, 'invalid-request', 'uri'],
    ['another scheme', line('a', { uri: 'file:///etc/passwd' }), 400, 'uri-not-supported', 'uri'],
    ['a missing blob', line('a', { uri: `blob:${'0'.repeat(64)}` }), 422, 'blob-missing', null],
    ['__proto__', `{"imageId":"a","uri":"${BLOB}","__proto__":{}}`, 400, 'invalid-request', '__proto__'],
    ['bad attributes', line('a', { attributes: { a: { b: 1 } } }), 400, 'invalid-attributes', 'attributes.a'],
  ])('%s is the problem of its line only', async (_name, bad, status, code, field) => {
    const results = await bulk(
      Buffer.concat([`${line('first')}\n`, bad, `\n${line('last')}\n`].map((it) => Buffer.from(it))),
    );
    expect(results).toMatchObject([
      { line: 1, status: 202, imageId: 'first' },
      { line: 2, status, problem: { status, code, type: `urn:lookalike:problem:${code}` } },
      { line: 3, status: 202, imageId: 'last' },
    ]);
    if (field !== null) expect(results[1].problem.errors).toContainEqual({ field, rule: expect.any(String) });
    expect(await ids()).toEqual(['first', 'last']);
  });

  test('blank lines count and have no result; line ends may be CRLF; the last one may be missing', async () => {
    const results = await bulk(`\n${line('a')}\r\n   \n\n${line('b')}`);
    expect(results).toMatchObject([
      { line: 2, imageId: 'a' },
      { line: 5, imageId: 'b' },
    ]);
  });

  test('an empty body is an empty answer', async () => {
    expect(await bulk('')).toEqual([]);
  });

  test.each([
    ['another content type', { 'content-type': 'application/json' }, 415, 'media-type-not-supported'],
    ['a compressed body', { ...NDJSON, 'content-encoding': 'gzip' }, 415, 'media-type-not-supported'],
    ['an Idempotency-Key', { ...NDJSON, 'idempotency-key': 'k' }, 400, 'invalid-request'],
  ])('%s is refused', async (_name, headers, status, code) => {
    const answer = await send(`${server.url}/v1/images/bulk`, { method: 'POST', headers, body: '{}' });
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test('a line is answered while the next is not there yet', async () => {
    const { request, results } = open();
    request.write(`${line('a')}\n${line('b').slice(0, 10)}`);
    expect(await results.next()).toMatchObject({ value: { line: 1, status: 202, imageId: 'a' } });
    request.end(`${line('b').slice(10)}\n`);
    expect(await results.next()).toMatchObject({ value: { line: 2, status: 202, imageId: 'b' } });
    expect(await results.next()).toMatchObject({ done: true });
  });

  test('a fault is the problem of the lines it hit; later lines go on', async () => {
    const { request, results } = open();
    faults = 1;
    request.write(`${line('a')}\nbroken\n`);
    expect((await results.next()).value).toMatchObject({
      line: 1,
      status: 503,
      problem: { code: 'storage-unavailable', canRetry: true },
    });
    expect(await results.next()).toMatchObject({ value: { line: 2, status: 400 } });
    request.end(`${line('b')}\n`);
    const last = (await results.next()).value;
    expect(last).toMatchObject({ line: 3, status: 202, imageId: 'b' });
    expect(JSON.stringify(last)).not.toContain('/srv');
    expect(await ids()).toEqual(['b']);
  });

  test('a client that leaves stops the import, and what was answered is there', async () => {
    const { request, results } = open();
    request.write(`${line('a')}\n${line('cut').slice(0, 20)}`);
    await results.next();
    request.destroy();
    await eventually(async () => expect(await bulk(line('b'))).toHaveLength(1));
    expect(await ids()).toEqual(['a', 'b']);
  });

  test('a client that does not read is read no further, and comes to its end when it reads', async () => {
    // Results of more bytes than the system keeps for two sockets.
    const count = 60_000;
    const lines = '7\n'.repeat(count);
    const serving = once(server.http, 'request');
    const { request, results } = open();
    const [atServer, answer] = (await serving) as [IncomingMessage, ServerResponse];
    request.end(lines);
    await waitUntil('results wait for the client', () => answer.writableNeedDrain);
    // A client that reads gets as many meanwhile.
    expect(await bulk(lines)).toHaveLength(count);
    expect(atServer.readableEnded).toBe(false);
    expect(answer.writableLength).toBeLessThan(1_000_000);
    let read = 0;
    for await (const result of results) if (result.line === read + 1) read++;
    expect(read).toBe(count);
  });

  test('ten thousand lines are written in batches', async () => {
    const count = 10_000;
    const body = Array.from({ length: count }, (_, i) => line(`image-${i}`, { attributes: { number: i } })).join('\n');
    const results = await bulk(body);
    expect(results.map((it) => it.line)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(results.every((it) => it.status === 202)).toBe(true);
    expect(appends).toBeLessThan(count / 50);
  });

  /** A request whose lines are sent and read by hand. */
  function open() {
    const request = httpRequest(`${server.url}/v1/images/bulk`, { method: 'POST', headers: NDJSON });
    request.on('error', () => {});
    request.flushHeaders();
    const response = once(request, 'response').then(([it]) => it as IncomingMessage);
    async function* read(): AsyncGenerator<Result> {
      const input = await response;
      input.on('error', () => {});
      for await (const text of createInterface({ input })) yield JSON.parse(text);
    }
    return { request, response, results: read() };
  }
});
