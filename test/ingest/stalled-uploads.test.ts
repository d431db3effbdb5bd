import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { json as jsonOf } from 'node:stream/consumers';
import { eventually, sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, NDJSON, PHOTO, send } from './requests.js';

const UPLOADS_AT_ONCE = 16;
const BOUNDARY = 'x-boundary-x';
const START = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`;
const END = `\r\n--${BOUNDARY}--\r\n`;

describe('an upload that stalls', () => {
  let server: IngestServer;
  let sockets: Socket[];
  beforeEach(async () => {
    server = await startIngest({ env: { LOOKALIKE_BODY_STALL_SECONDS: '2' } });
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await server.close();
  });

  const upload = () => send(`${server.url}/v1/images`, { method: 'POST', body: form(['file', PHOTO]) });

  test('is cut off with a 408, leaves nothing, and sixteen of them do not keep others out for long', async () => {
    const stalled = await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, () => begin(50_000)));
    await eventually(async () =>
      expect(await upload()).toMatchObject({ status: 429, body: { code: 'too-many-requests' } }),
    );
    await eventually(async () => expect((await upload()).status).toBe(202));
    for (const { answer } of stalled) {
      const [head = '', body = ''] = (await answer).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 408 .*\r\nConnection: close/s);
      expect(JSON.parse(body)).toMatchObject({ code: 'request-timeout', canRetry: true, withinSeconds: 2 });
    }
    await eventually(async () => expect(await server.blobFiles()).toEqual([sha256Of(PHOTO)]));
  });

  test('is one that trickles too', async () => {
    const { socket, answer } = await begin(50_000);
    const trickle = setInterval(() => socket.write('x'), 20);
    try {
      expect(await answer).toContain('"code":"request-timeout"');
    } finally {
      clearInterval(trickle);
    }
  });

  test('is not one that is slow', async () => {
    const slow = await begin(1000);
    const stalled = await begin(1000);
    let sent = 1000;
    const goOn = setInterval(() => {
      slow.socket.write(PHOTO.subarray(sent, sent + 1000));
      sent += 1000;
    }, 50);
    await stalled.answer;
    clearInterval(goOn);
    expect(sent).toBeLessThan(PHOTO.length);
    slow.socket.write(PHOTO.subarray(sent));
    slow.socket.write(END);
    expect(await slow.answer).toMatch(/^HTTP\/1\.1 202 /);
  });

  test('is not a stream of lines, whose publisher may have nothing to say', async () => {
    const lines = httpRequest(`${server.url}/v1/images/bulk`, {
      method: 'POST',
      headers: NDJSON,
    });
    lines.flushHeaders();
    const [response] = (await once(lines, 'response')) as [IncomingMessage];
    await (await begin(1000)).answer;
    lines.end('{"op":"delete","imageId":"a"}\n');
    expect(await jsonOf(response)).toMatchObject({ line: 1, status: 202 });
  });

  test('is any other body as well', async () => {
    const { answer } = await start('Content-Type: application/json\r\nContent-Length: 100', '{"uri":');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  /** Sends the beginning of a picture and waits until the server writes it. */
  async function begin(bytes: number) {
    const length = START.length + PHOTO.length + END.length;
    const type = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;
    return start(`${type}\r\nContent-Length: ${length}`, Buffer.concat([Buffer.from(START), PHOTO.subarray(0, bytes)]));
  }

  async function start(headers: string, body: string | Buffer) {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes;
    });
    // The server may reset the connection of one that still sends.
    socket.on('error', () => {});
    const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
    socket.write(`POST /v1/images HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n\r\n`);
    socket.write(body);
    return { socket, answer };
  }
});
