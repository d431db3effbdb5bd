import { gzipSync } from 'node:zlib';
import { sha256Of, waitUntil } from '#testkit';
import { fetchWorld, givePicture, MAX, PICTURE, redirect } from '../test/picture-server.js';

const world = fetchWorld();
/** More than any test waits for: the limit under test is the only one that can be reached. */
const HOUR_MS = 3_600_000;
const PATIENT = { firstByteTimeoutMs: HOUR_MS, stallTimeoutMs: HOUR_MS, totalTimeoutMs: HOUR_MS };

describe('bytes', () => {
  test('of a body without end are read up to the limit', async () => {
    let sentBytes = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const server = await world.http((_, response) => {
      const send = () => {
        while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
      };
      response.on('drain', send);
      send();
    });
    await expect(world.fetcher().fetch(server.url, MAX)).rejects.toMatchObject({
      code: 'link-too-large',
      canRetry: false,
      facts: { maxBytes: 1_000_000 },
    });
    await waitUntil('the connection is closed', () => server.openConnections === 0);
    // What is on its way in the buffers of both sides is sent all the same.
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test('that are too many by the headers are not waited for', async () => {
    const server = await world.http((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 50 }).flushHeaders();
    });
    await expect(world.fetcher(PATIENT).fetch(server.url, MAX)).rejects.toMatchObject({ code: 'link-too-large' });
    await waitUntil('the connection is closed', () => server.openConnections === 0);
  });

  test('that the publisher declared too many are not asked for', async () => {
    const server = await world.http(givePicture);
    const fetched = world.fetcher().fetch(server.url, { maxBytes: 10, sizeBytes: 11 });
    await expect(fetched).rejects.toMatchObject({ code: 'link-too-large' });
    expect(server.connections).toBe(0);
  });

  test('that are packed are never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const server = await world.http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
    });
    await expect(world.fetcher().fetch(server.url, { maxBytes: 1e9 })).rejects.toMatchObject({
      code: 'link-answer-unusable',
      canRetry: false,
    });
  });

  test('of headers are limited, in number as in size', async () => {
    const many = 'x: y\r\n'.repeat(10_000);
    const long = `x: ${'y'.repeat(100_000)}\r\n`;
    for (const headers of [many, long]) {
      const server = await world.tcp((socket) => socket.write(`HTTP/1.1 200 OK\r\n${headers}`));
      await expect(world.fetcher(PATIENT).fetch(server.url, MAX)).rejects.toMatchObject({
        code: 'link-answer-unusable',
        canRetry: false,
      });
      await waitUntil('the connection is closed', () => server.openConnections === 0);
    }
  });
});

describe('what was declared is held against what comes', () => {
  const sha256 = sha256Of(Buffer.from('another picture'));
  const chunked = (bytes: Buffer) =>
    world.http((_, response) => {
      response.write(bytes);
      response.end();
    });

  test('the hash', async () => {
    const server = await chunked(PICTURE);
    await expect(world.fetcher().fetch(server.url, { ...MAX, sha256 })).rejects.toMatchObject({
      code: 'link-hash-mismatch',
      canRetry: false,
      facts: { expected: sha256, found: sha256Of(PICTURE) },
    });
  });

  test.each([PICTURE.length - 1, PICTURE.length + 1])(
    'the size, with and without one in the headers: %d',
    async (sizeBytes) => {
      const servers = [await world.http(givePicture), await chunked(PICTURE)];
      for (const server of servers) {
        await expect(world.fetcher().fetch(server.url, { ...MAX, sizeBytes })).rejects.toMatchObject({
          code: 'link-size-mismatch',
          canRetry: false,
          facts: { expected: sizeBytes },
        });
      }
    },
  );

  test('a picture of the right size and hash is given', async () => {
    const server = await chunked(PICTURE);
    const found = await world.fetcher().fetch(server.url, MAX);
    const right = { ...MAX, sizeBytes: PICTURE.length, sha256: sha256Of(PICTURE) };
    expect(await world.fetcher().fetch(server.url, right)).toEqual(found);
    expect(found).toEqual({ bytes: PICTURE, mediaType: null });
  });

  test('an empty body is an empty picture', async () => {
    const server = await world.http((_, response) => response.end());
    expect((await world.fetcher().fetch(server.url, { ...MAX, sizeBytes: 0 })).bytes).toHaveLength(0);
  });
});

describe('a connection that breaks off is a fault', () => {
  test.each([
    ['before the headers', ''],
    ['within the headers', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['within a body of a known size', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc'],
    ['between chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ['in a body that ends with it, before the declared size', 'HTTP/1.1 200 OK\r\n\r\nabc'],
  ])('%s', async (_, text) => {
    const server = await world.tcp((socket) => socket.end(text));
    await expect(world.fetcher().fetch(server.url, { ...MAX, sizeBytes: 100 })).rejects.toMatchObject({
      code: 'link-unavailable',
      canRetry: true,
    });
  });

  test('also when nobody is there', async () => {
    const server = await world.http(givePicture);
    const fetcher = world.fetcher();
    await server.stop();
    const error = await fetcher.fetch(server.url, MAX).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'link-unavailable', canRetry: true });
    expect((error as Error).message).toContain('ECONNREFUSED');
    expect((error as Error).message).not.toContain('127.0.0.1');
  });
});

describe('time', () => {
  const tooSlow = (limitMs: number) => ({ code: 'link-too-slow', canRetry: true, facts: { limitMs } });

  test('until the headers is limited, for each answer of a chain', async () => {
    const silent = await world.http(() => {});
    const server = await world.http(redirect(silent.url));
    const fetcher = world.fetcher({ ...PATIENT, firstByteTimeoutMs: 100 });
    await expect(fetcher.fetch(silent.url, MAX)).rejects.toMatchObject(tooSlow(100));
    await expect(fetcher.fetch(server.url, MAX)).rejects.toMatchObject(tooSlow(100));
    await waitUntil('its connections are closed', () => silent.openConnections === 0);
  });

  test('until the headers is limited also when they come byte by byte', async () => {
    const server = await world.tcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => socket.write('y'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    const fetched = world.fetcher({ ...PATIENT, firstByteTimeoutMs: 100 }).fetch(server.url, MAX);
    await expect(fetched).rejects.toMatchObject(tooSlow(100));
  });

  test('that looking up a name takes counts', async () => {
    const fetcher = world.fetcher({ ...PATIENT, firstByteTimeoutMs: 50, resolveHost: () => new Promise(() => {}) });
    await expect(fetcher.fetch('http://pictures.example/', MAX)).rejects.toMatchObject(tooSlow(50));
  });

  test('without a byte of the body is limited', async () => {
    const server = await world.http((_, response) => response.write('abc'));
    const fetched = world.fetcher({ ...PATIENT, stallTimeoutMs: 50 }).fetch(server.url, MAX);
    await expect(fetched).rejects.toMatchObject(tooSlow(50));
    await waitUntil('the connection is closed', () => server.openConnections === 0);
  });

  test('of a body that trickles is limited by its rate', async () => {
    const server = await world.http((_, response) => {
      response.write('a');
      const timer = setInterval(() => response.write('a'), 1);
      response.once('close', () => clearInterval(timer));
    });
    const fetched = world.fetcher({ ...PATIENT, stallTimeoutMs: 100, minBytesPerSecond: 1e6 }).fetch(server.url, MAX);
    await expect(fetched).rejects.toMatchObject(tooSlow(100));
  });

  test('of the whole is limited, however steady the body is', async () => {
    const server = await world.http((_, response) => {
      response.write('a');
      const timer = setInterval(() => response.write('a'), 1);
      response.once('close', () => clearInterval(timer));
    });
    const fetched = world.fetcher({ ...PATIENT, totalTimeoutMs: 100 }).fetch(server.url, MAX);
    await expect(fetched).rejects.toMatchObject(tooSlow(100));
  });
});
