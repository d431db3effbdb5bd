import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DEFAULT_S3_SETTINGS, type S3Settings } from '#blobs-s3';
import { describeWithS3, eventually, type RelayedRequest, type RelayFault, sha256Of } from '#testkit';
import { LIMIT, PART_BYTES, QUICK, RelayedS3, refusal, UNAVAILABLE } from '../test/relayed-s3.js';

const SMALL = Buffer.alloc(300_000, 3);
const LARGE = Buffer.alloc(2 * PART_BYTES + 3, 7);

describeWithS3('when S3 fails', (s3) => {
  const at = new RelayedS3(s3, QUICK);

  /** Every request fails the first time. */
  const atFirst = (fault: RelayFault) => {
    const broken = new Set<string>();
    return ({ method, path }: RelayedRequest): RelayFault => {
      // A temporary key is another one each time.
      const what = `${method} ${path}`;
      if (broken.has(what)) return 'pass';
      broken.add(what);
      return fault;
    };
  };

  test('and somebody else answers 404 in its place, no blob is missing for that', async () => {
    await at.store.put(SMALL, LIMIT);
    const sha256 = sha256Of(SMALL);
    for (const body of ['default backend - 404', '<html>not found</html>']) {
      at.relay.fault = () => ({ status: 404, body });
      await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
      await expect(at.store.stat(sha256)).rejects.toMatchObject(UNAVAILABLE);
      await expect(at.store.delete(sha256)).rejects.toMatchObject(UNAVAILABLE);
    }
  });

  const faults: [string, RelayFault][] = [
    ['answers 500', refusal(500, 'InternalError')],
    ['answers 503 SlowDown', refusal(503, 'SlowDown')],
    ['answers 503 without XML', { status: 503, body: 'Service Unavailable' }],
    ['answers 429', refusal(429, 'TooManyRequests')],
    ['hangs', 'hang'],
    ['cuts the connection', 'cut'],
    ['cuts the connection instead of answering', 'cut-answer'],
  ];

  test.each(faults)('and %s once, nobody notices', async (_, fault) => {
    at.relay.fault = atFirst(fault);
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    expect(await at.store.stat(sha256)).toEqual({ sha256, sizeBytes: SMALL.length });
    expect(SMALL.equals(await at.store.read(sha256, LIMIT))).toBe(true);
    expect(await at.store.delete(sha256)).toBe(true);
    expect(await at.entries()).toEqual([]);
  });

  test.each(faults)('and %s once in each step of a large put, nobody notices', async (_, fault) => {
    at.relay.fault = atFirst(fault);
    const { sha256 } = await at.store.put(LARGE, LIMIT);
    at.relay.fault = () => 'pass';
    expect(LARGE.equals(await at.store.read(sha256, LIMIT))).toBe(true);
    expect(objectsOf(await at.entries())).toEqual([at.keyOf(sha256)]);
  });

  test.each(faults)('and %s for good, calls say so after a few tries', async (_, fault) => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.requests.length = 0;
    at.relay.fault = () => fault;
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(at.relay.requests).toHaveLength(QUICK.retries + 1);
    const source = Readable.from([Buffer.alloc(10, 1)]);
    const others = [
      at.store.open(sha256),
      at.store.stat(sha256),
      at.store.delete(sha256),
      at.store.check(),
      at.store.put(source, LIMIT),
    ];
    for (const it of await Promise.allSettled(others)) {
      expect(it).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    }
    expect(source.destroyed).toBe(true);
  });

  test('and says that a body came too slowly, it is sent again', async () => {
    at.relay.fault = atFirst(refusal(400, 'RequestTimeout'));
    const plain = at.open({ checksums: false });
    await plain.put(SMALL, LIMIT);
    expect(at.relay.requests.map((it) => it.method)).toEqual(['PUT', 'PUT']);
    await plain.close();
  });

  const steps: [string, (request: RelayedRequest) => boolean][] = [
    ['beginning', ({ path }) => /tmp.*uploads/.test(path)],
    ['a part', ({ path }) => path.includes('partNumber=2')],
    ['completing', ({ method, path }) => method === 'POST' && /uploadId/.test(path)],
    ['copying', ({ headers }) => 'x-amz-copy-source' in headers],
  ];

  test.each(steps)('in %s, nothing of a large put is left', async (_, isStep) => {
    let met = 0;
    at.relay.fault = (request) => {
      if (!isStep(request)) return 'pass';
      met += 1;
      return refusal(500, 'InternalError');
    };
    await expect(at.store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(met).toBe(QUICK.retries + 1);
    expect(await at.entries()).toEqual([]);
  });

  test('and nobody hears that a large put is complete, nothing of it is left', async () => {
    const isCompleting = ({ method, path }: RelayedRequest) => method === 'POST' && /uploadId/.test(path);
    let isDone = false;
    at.relay.fault = (request) => {
      if (!isCompleting(request)) return 'pass';
      const fault = isDone ? 'cut' : 'cut-answer';
      isDone = true;
      return fault;
    };
    await expect(at.store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await at.entries()).toEqual([]);
  });

  test('and completing says so only in the body, nothing of it is left', async () => {
    at.relay.fault = ({ method, path }) =>
      method === 'POST' && /uploadId/.test(path) ? refusal(200, 'InternalError') : 'pass';
    await expect(at.store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await at.entries()).toEqual([]);
  });

  test('and a copy is not what was sent, it is not left as the blob', async () => {
    const wrong = Buffer.from(sha256Of(Buffer.from('wrong')), 'hex').toString('base64');
    at.relay.fault = ({ headers }) =>
      'x-amz-copy-source' in headers
        ? { changed: (body) => Buffer.from(body.toString().replace(/(<ChecksumSHA256>)[^<]*/, `$1${wrong}`)) }
        : 'pass';
    await expect(at.store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await at.entries()).toEqual([]);
  });

  test('and the temporary key cannot be removed, the blob is there all the same', async () => {
    at.relay.fault = ({ method, path }) => (method === 'DELETE' && /tmp/.test(path) ? refusal(500, 'X') : 'pass');
    const { sha256 } = await at.store.put(LARGE, LIMIT);
    expect((await at.entries()).filter((key) => !key.includes('/tmp/'))).toEqual([at.keyOf(sha256)]);
  });

  test.each([
    ['one object', SMALL],
    ['parts', LARGE],
  ])('in the middle of sending %s, nothing is seen', async (_, bytes) => {
    at.relay.cutRequestsAfterBytes = 100_000;
    await expect(at.store.put(bytes, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await at.entries()).toEqual([]);
  });

  test('a large put that is given up half-way leaves nothing', async () => {
    const source = new Readable({ read() {} });
    source.push(LARGE);
    const put = at.store.put(source, LIMIT);
    await eventually(() => expect(at.relay.requests.some((it) => it.path.includes('partNumber=2'))).toBe(true));
    source.destroy(new Error('the upload broke off'));
    await expect(put).rejects.toThrow('the upload broke off');
    expect(await at.entries()).toEqual([]);
  });

  test.each([
    ['is sent', ({ path }: RelayedRequest) => path.includes('partNumber=2')],
    ['is copied', ({ headers }: RelayedRequest) => 'x-amz-copy-source' in headers],
  ])('kill -9 while a large blob %s leaves nothing but what the lifecycle rule removes', async (_, isMet) => {
    at.relay.fault = (request) => (isMet(request) ? 'hang' : 'pass');
    const child = startPutting({
      ...DEFAULT_S3_SETTINGS,
      ...s3().where,
      endpoint: at.relay.url,
      partBytes: PART_BYTES,
      prefix: at.prefix,
    });
    const exit = once(child, 'exit');
    await eventually(() => expect(at.relay.requests.some(isMet)).toBe(true));
    child.kill('SIGKILL');
    await exit;
    const left = await at.entries();
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(new RegExp(`^${at.prefix}/tmp/`));
    expect(await at.store.stat(sha256Of(LARGE))).toBeNull();
  });

  const bodies: [string, RelayFault][] = [
    ['cuts the connection', { cutAfterBytes: 100_000 }],
    ['cuts it before the first byte', { cutAfterBytes: 0 }],
    ['stops sending', { stallAfterBytes: 100_000 }],
  ];
  const isWhole = ({ headers }: RelayedRequest) => headers.range === undefined;

  test.each(bodies)('and %s in the middle of a blob, reading goes on where it was', async (_, fault) => {
    const { sha256 } = await at.store.put(LARGE, LIMIT);
    at.relay.requests.length = 0;
    at.relay.fault = () => (at.relay.requests.length === 1 ? fault : 'pass');
    expect(LARGE.equals(await at.store.read(sha256, LIMIT))).toBe(true);
    expect(at.relay.requests).toHaveLength(2);
    at.relay.requests.length = 0;
    const { stream } = await at.store.open(sha256);
    expect(LARGE.equals(Buffer.concat(await stream.toArray()))).toBe(true);
    expect(at.relay.requests).toHaveLength(2);
  });

  test('and cuts every answer, reading goes on as long as it gets further', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.requests.length = 0;
    at.relay.fault = () => ({ cutAfterBytes: 50_000 });
    const { stream } = await at.store.open(sha256);
    expect(SMALL.equals(Buffer.concat(await stream.toArray()))).toBe(true);
    expect(at.relay.requests.map((it) => it.headers.range)).toEqual([
      undefined,
      ...[50_000, 100_000, 150_000, 200_000, 250_000].map((at) => `bytes=${at}-`),
    ]);
  });

  test('and sends no further byte, reading is given up after a few tries', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.requests.length = 0;
    at.relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : { cutAfterBytes: 0 });
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(at.relay.requests).toHaveLength(1 + QUICK.retries);
    const { stream } = await at.store.open(sha256);
    await expect(stream.toArray()).rejects.toMatchObject(UNAVAILABLE);
  });

  test('and does not know ranges, reading that was cut is given up', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    const whole = { status: 200, body: SMALL.toString('latin1') };
    at.relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : whole);
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a blob that is deleted while it is read is missing', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : refusal(404, 'NoSuchKey'));
    const { stream } = await at.store.open(sha256);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'blob-missing' });
  });

  test('other bytes than the blob’s are damage, read or streamed, and handed out never in full', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = () => ({ changed: (body) => Buffer.concat([body.subarray(0, -1), Buffer.from([0])]) });
    const damage = { code: 'blob-damaged', canRetry: false };
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(damage);
    const { stream } = await at.store.open(sha256);
    let handedOut = 0;
    const reading = async () => {
      for await (const chunk of stream) handedOut += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject(damage);
    expect(handedOut).toBeLessThan(SMALL.length);
  });

  test('fewer bytes than were put are damage', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = () => ({ changed: (body) => body.subarray(0, 100) });
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-damaged' });
  });

  test('an answer that does not say how long it is is not read', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = () => ({ status: 200, body: SMALL.toString('latin1') });
    await expect(at.store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a stream that nobody reads gives its connection up, and goes on when somebody does', async () => {
    const { sha256 } = await at.store.put(LARGE, LIMIT);
    const { stream } = await at.store.open(sha256);
    const reader = stream[Symbol.asyncIterator]();
    let sizeBytes = (await reader.next()).value.length;
    await new Promise((resolve) => setTimeout(resolve, 3 * QUICK.idleTimeoutMs));
    for (;;) {
      const { done, value } = await reader.next();
      if (done) break;
      sizeBytes += value.length;
    }
    expect(sizeBytes).toBe(LARGE.length);
    expect(at.relay.requests.at(-1)?.headers.range).toMatch(/^bytes=/);
  });

  test('a stream that is destroyed while S3 hangs ends at once', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = () => ({ stallAfterBytes: 0 });
    const { stream } = await at.store.open(sha256);
    stream.resume();
    const closed = once(stream, 'close');
    stream.destroy();
    await closed;
  });

  test('a wait for one of the connections has an end', async () => {
    const narrow = at.open({ maxSockets: 1, retries: 0, requestTimeoutMs: 10_000, idleTimeoutMs: 10_000 });
    at.relay.fault = ({ path }) => (path.includes(sha256Of(SMALL)) ? 'hang' : 'pass');
    const hanging = narrow.stat(sha256Of(SMALL));
    await eventually(() => expect(at.relay.requests).toHaveLength(1));
    await expect(narrow.stat(sha256Of(LARGE))).rejects.toMatchObject(UNAVAILABLE);
    await narrow.close();
    await expect(hanging).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a closed store says so, and ends what is under way', async () => {
    const { sha256 } = await at.store.put(SMALL, LIMIT);
    at.relay.fault = () => ({ stallAfterBytes: 10 });
    const reading = at.store.read(sha256, LIMIT);
    await eventually(() => expect(at.relay.requests.at(-1)?.method).toBe('GET'));
    await at.store.close();
    const closed = { ...UNAVAILABLE, message: 'The blob store is closed.' };
    await expect(reading).rejects.toMatchObject(closed);
    await expect(at.store.stat(sha256)).rejects.toMatchObject(closed);
    const source = Readable.from([SMALL]);
    await expect(at.store.put(source, LIMIT)).rejects.toMatchObject(closed);
    expect(source.destroyed).toBe(true);
  });
});

/** A process that puts the large blob. */
function startPutting(settings: S3Settings): ChildProcess {
  const script = `
    const { openS3Blobs } = require(${JSON.stringify(join(__dirname, 'index.js'))});
    openS3Blobs(${JSON.stringify(settings)}).put(Buffer.alloc(${LARGE.length}, 7), ${JSON.stringify(LIMIT)});`;
  return spawn(process.execPath, ['--no-warnings', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Without uploads that were begun by a request whose answer was lost: the lifecycle rule is for those. */
function objectsOf(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => !key.includes('/tmp/'));
}
