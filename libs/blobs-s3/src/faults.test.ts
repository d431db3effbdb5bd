import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DEFAULT_S3_SETTINGS, openS3Blobs, type S3BlobStore, type S3Settings } from '#blobs-s3';
import {
  describeWithS3,
  eventually,
  freePort,
  HttpRelay,
  type RelayedRequest,
  type RelayFault,
  sha256Of,
} from '#testkit';

const PART_BYTES = 5 * 2 ** 20;
const LIMIT = { maxBytes: 100 * 2 ** 20 };
const UNAVAILABLE = { code: 'storage-unavailable', canRetry: true };
const QUICK = { partBytes: PART_BYTES, retries: 2, connectTimeoutMs: 500, requestTimeoutMs: 1_500, idleTimeoutMs: 800 };
const SMALL = Buffer.alloc(300_000, 3);
const LARGE = Buffer.alloc(2 * PART_BYTES + 3, 7);

describeWithS3('when S3 fails', (s3) => {
  let prefix: string;
  let relay: HttpRelay;
  let store: S3BlobStore;
  const open = (more: Partial<S3Settings> = {}) =>
    openS3Blobs({ ...DEFAULT_S3_SETTINGS, ...QUICK, ...s3().where, endpoint: relay.url, prefix, ...more });
  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    relay = await HttpRelay.start(s3().where.endpoint);
    store = open();
  });
  afterEach(async () => {
    await store.close();
    await relay.stop();
    await s3().drop(prefix);
  });

  const keyOf = (sha256: string) => `${prefix}/${sha256.slice(0, 2)}/${sha256}`;
  const entries = () => s3().entries(prefix);
  const refusal = (status: number, code: string): RelayFault => ({
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  });
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
    relay.fault = atFirst(fault);
    const { sha256 } = await store.put(SMALL, LIMIT);
    expect(await store.stat(sha256)).toEqual({ sha256, sizeBytes: SMALL.length });
    expect(SMALL.equals(await store.read(sha256, LIMIT))).toBe(true);
    expect(await store.delete(sha256)).toBe(true);
    expect(await entries()).toEqual([]);
  });

  test.each(faults)('and %s once in each step of a large put, nobody notices', async (_, fault) => {
    relay.fault = atFirst(fault);
    const { sha256 } = await store.put(LARGE, LIMIT);
    relay.fault = () => 'pass';
    expect(LARGE.equals(await store.read(sha256, LIMIT))).toBe(true);
    expect(objectsOf(await entries())).toEqual([keyOf(sha256)]);
  });

  test.each(faults)('and %s for good, calls say so after a few tries', async (_, fault) => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.requests.length = 0;
    relay.fault = () => fault;
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(relay.requests).toHaveLength(QUICK.retries + 1);
    const source = Readable.from([Buffer.alloc(10, 1)]);
    const others = [
      store.open(sha256),
      store.stat(sha256),
      store.delete(sha256),
      store.check(),
      store.put(source, LIMIT),
    ];
    for (const it of await Promise.allSettled(others)) {
      expect(it).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    }
    expect(source.destroyed).toBe(true);
  });

  test('and says that a body came too slowly, it is sent again', async () => {
    relay.fault = atFirst(refusal(400, 'RequestTimeout'));
    const plain = open({ checksums: false });
    await plain.put(SMALL, LIMIT);
    expect(relay.requests.map((it) => it.method)).toEqual(['PUT', 'PUT']);
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
    relay.fault = (request) => {
      if (!isStep(request)) return 'pass';
      met += 1;
      return refusal(500, 'InternalError');
    };
    await expect(store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(met).toBe(QUICK.retries + 1);
    expect(await entries()).toEqual([]);
  });

  test('and nobody hears that a large put is complete, nothing of it is left', async () => {
    const isCompleting = ({ method, path }: RelayedRequest) => method === 'POST' && /uploadId/.test(path);
    let isDone = false;
    relay.fault = (request) => {
      if (!isCompleting(request)) return 'pass';
      const fault = isDone ? 'cut' : 'cut-answer';
      isDone = true;
      return fault;
    };
    await expect(store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await entries()).toEqual([]);
  });

  test('and completing says so only in the body, nothing of it is left', async () => {
    relay.fault = ({ method, path }) =>
      method === 'POST' && /uploadId/.test(path) ? refusal(200, 'InternalError') : 'pass';
    await expect(store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await entries()).toEqual([]);
  });

  test('and a copy is not what was sent, it is not left as the blob', async () => {
    const wrong = Buffer.from(sha256Of(Buffer.from('wrong')), 'hex').toString('base64');
    relay.fault = ({ headers }) =>
      'x-amz-copy-source' in headers
        ? { changed: (body) => Buffer.from(body.toString().replace(/(<ChecksumSHA256>)[^<]*/, `$1${wrong}`)) }
        : 'pass';
    await expect(store.put(LARGE, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await entries()).toEqual([]);
  });

  test('and the temporary key cannot be removed, the blob is there all the same', async () => {
    relay.fault = ({ method, path }) => (method === 'DELETE' && /tmp/.test(path) ? refusal(500, 'X') : 'pass');
    const { sha256 } = await store.put(LARGE, LIMIT);
    expect((await entries()).filter((key) => !key.includes('/tmp/'))).toEqual([keyOf(sha256)]);
  });

  test.each([
    ['one object', SMALL],
    ['parts', LARGE],
  ])('in the middle of sending %s, nothing is seen', async (_, bytes) => {
    relay.cutRequestsAfterBytes = 100_000;
    await expect(store.put(bytes, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(await entries()).toEqual([]);
  });

  test('a large put that is given up half-way leaves nothing', async () => {
    const source = new Readable({ read() {} });
    source.push(LARGE);
    const put = store.put(source, LIMIT);
    await eventually(() => expect(relay.requests.some((it) => it.path.includes('partNumber=2'))).toBe(true));
    source.destroy(new Error('the upload broke off'));
    await expect(put).rejects.toThrow('the upload broke off');
    expect(await entries()).toEqual([]);
  });

  test.each([
    ['is sent', ({ path }: RelayedRequest) => path.includes('partNumber=2')],
    ['is copied', ({ headers }: RelayedRequest) => 'x-amz-copy-source' in headers],
  ])('kill -9 while a large blob %s leaves nothing but what the lifecycle rule removes', async (_, isMet) => {
    relay.fault = (request) => (isMet(request) ? 'hang' : 'pass');
    const child = startPutting({
      ...DEFAULT_S3_SETTINGS,
      ...s3().where,
      endpoint: relay.url,
      partBytes: PART_BYTES,
      prefix,
    });
    const exit = once(child, 'exit');
    await eventually(() => expect(relay.requests.some(isMet)).toBe(true));
    child.kill('SIGKILL');
    await exit;
    const left = await entries();
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(new RegExp(`^${prefix}/tmp/`));
    expect(await store.stat(sha256Of(LARGE))).toBeNull();
  });

  const bodies: [string, RelayFault][] = [
    ['cuts the connection', { cutAfterBytes: 100_000 }],
    ['cuts it before the first byte', { cutAfterBytes: 0 }],
    ['stops sending', { stallAfterBytes: 100_000 }],
  ];
  const isWhole = ({ headers }: RelayedRequest) => headers.range === undefined;

  test.each(bodies)('and %s in the middle of a blob, reading goes on where it was', async (_, fault) => {
    const { sha256 } = await store.put(LARGE, LIMIT);
    relay.requests.length = 0;
    relay.fault = () => (relay.requests.length === 1 ? fault : 'pass');
    expect(LARGE.equals(await store.read(sha256, LIMIT))).toBe(true);
    expect(relay.requests).toHaveLength(2);
    relay.requests.length = 0;
    const { stream } = await store.open(sha256);
    expect(LARGE.equals(Buffer.concat(await stream.toArray()))).toBe(true);
    expect(relay.requests).toHaveLength(2);
  });

  test('and cuts every answer, reading goes on as long as it gets further', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.requests.length = 0;
    relay.fault = () => ({ cutAfterBytes: 50_000 });
    const { stream } = await store.open(sha256);
    expect(SMALL.equals(Buffer.concat(await stream.toArray()))).toBe(true);
    expect(relay.requests.map((it) => it.headers.range)).toEqual([
      undefined,
      ...[50_000, 100_000, 150_000, 200_000, 250_000].map((at) => `bytes=${at}-`),
    ]);
  });

  test('and sends no further byte, reading is given up after a few tries', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.requests.length = 0;
    relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : { cutAfterBytes: 0 });
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
    expect(relay.requests).toHaveLength(1 + QUICK.retries);
    const { stream } = await store.open(sha256);
    await expect(stream.toArray()).rejects.toMatchObject(UNAVAILABLE);
  });

  test('and does not know ranges, reading that was cut is given up', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    const whole = { status: 200, body: SMALL.toString('latin1') };
    relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : whole);
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a blob that is deleted while it is read is missing', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = (request) => (isWhole(request) ? { cutAfterBytes: 100_000 } : refusal(404, 'NoSuchKey'));
    const { stream } = await store.open(sha256);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'blob-missing' });
  });

  test('other bytes than the blob’s are damage, read or streamed, and handed out never in full', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = () => ({ changed: (body) => Buffer.concat([body.subarray(0, -1), Buffer.from([0])]) });
    const damage = { code: 'blob-damaged', canRetry: false };
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject(damage);
    const { stream } = await store.open(sha256);
    let handedOut = 0;
    const reading = async () => {
      for await (const chunk of stream) handedOut += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject(damage);
    expect(handedOut).toBeLessThan(SMALL.length);
  });

  test('fewer bytes than were put are damage', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = () => ({ changed: (body) => body.subarray(0, 100) });
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject({ code: 'blob-damaged' });
  });

  test('an answer that does not say how long it is is not read', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = () => ({ status: 200, body: SMALL.toString('latin1') });
    await expect(store.read(sha256, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a stream that nobody reads gives its connection up, and goes on when somebody does', async () => {
    const { sha256 } = await store.put(LARGE, LIMIT);
    const { stream } = await store.open(sha256);
    const reader = stream[Symbol.asyncIterator]();
    let sizeBytes = (await reader.next()).value.length;
    await new Promise((resolve) => setTimeout(resolve, 3 * QUICK.idleTimeoutMs));
    for (;;) {
      const { done, value } = await reader.next();
      if (done) break;
      sizeBytes += value.length;
    }
    expect(sizeBytes).toBe(LARGE.length);
    expect(relay.requests.at(-1)?.headers.range).toMatch(/^bytes=/);
  });

  test('a stream that is destroyed while S3 hangs ends at once', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = () => ({ stallAfterBytes: 0 });
    const { stream } = await store.open(sha256);
    stream.resume();
    const closed = once(stream, 'close');
    stream.destroy();
    await closed;
  });

  test('a wait for one of the connections has an end', async () => {
    const narrow = open({ maxSockets: 1, retries: 0, requestTimeoutMs: 10_000, idleTimeoutMs: 10_000 });
    relay.fault = ({ path }) => (path.includes(sha256Of(SMALL)) ? 'hang' : 'pass');
    const hanging = narrow.stat(sha256Of(SMALL));
    await eventually(() => expect(relay.requests).toHaveLength(1));
    await expect(narrow.stat(sha256Of(LARGE))).rejects.toMatchObject(UNAVAILABLE);
    await narrow.close();
    await expect(hanging).rejects.toMatchObject(UNAVAILABLE);
  });

  test('a closed store says so, and ends what is under way', async () => {
    const { sha256 } = await store.put(SMALL, LIMIT);
    relay.fault = () => ({ stallAfterBytes: 10 });
    const reading = store.read(sha256, LIMIT);
    await eventually(() => expect(relay.requests.at(-1)?.method).toBe('GET'));
    await store.close();
    const closed = { ...UNAVAILABLE, message: 'The blob store is closed.' };
    await expect(reading).rejects.toMatchObject(closed);
    await expect(store.stat(sha256)).rejects.toMatchObject(closed);
    const source = Readable.from([SMALL]);
    await expect(store.put(source, LIMIT)).rejects.toMatchObject(closed);
    expect(source.destroyed).toBe(true);
  });

  describe('check', () => {
    test('writes once, and leaves nothing', async () => {
      await store.check();
      await store.check();
      expect(relay.requests.map((it) => it.method)).toEqual(['GET', 'POST', 'DELETE', 'GET']);
      expect(await entries()).toEqual([]);
    });

    test('a server that is not there is waited for', async () => {
      const away = open({ endpoint: `http://127.0.0.1:${await freePort()}` });
      await expect(away.check()).rejects.toMatchObject(UNAVAILABLE);
      await away.close();
    });

    test('a bucket that is not there is named, and later waited for', async () => {
      const other = open({ bucket: 'there-is-no-such-bucket' });
      await expect(other.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting: 'bucket' } });
      await expect(other.read(sha256Of(SMALL), LIMIT)).rejects.toMatchObject(UNAVAILABLE);
      await expect(other.put(SMALL, LIMIT)).rejects.toMatchObject(UNAVAILABLE);
      await other.close();
    });

    test.each<[string, number, string]>([
      ['credentials', 403, 'AccessDenied'],
      ['credentials', 403, 'InvalidAccessKeyId'],
      ['credentials', 403, 'SignatureDoesNotMatch'],
      ['credentials', 400, 'ExpiredToken'],
      ['region', 301, 'PermanentRedirect'],
      ['region', 400, 'AuthorizationHeaderMalformed'],
    ])('%s, refused with %i %s, are named, and later waited for', async (setting, status, code) => {
      relay.fault = () => refusal(status, code);
      await expect(store.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting } });
      const later = { ...UNAVAILABLE, facts: { status } };
      await expect(store.read(sha256Of(SMALL), LIMIT)).rejects.toMatchObject(later);
      await expect(store.put(SMALL, LIMIT)).rejects.toMatchObject(later);
    });

    test('a clock that goes wrong is waited for', async () => {
      relay.fault = () => refusal(403, 'RequestTimeTooSkewed');
      await expect(store.check()).rejects.toMatchObject(UNAVAILABLE);
    });

    test('credentials that may only read are named', async () => {
      relay.fault = ({ method }) => (method === 'POST' ? refusal(403, 'AccessDenied') : 'pass');
      const named = { code: 'invalid-setting', facts: { setting: 'credentials' } };
      await expect(store.check()).rejects.toMatchObject(named);
      await expect(store.check()).rejects.toMatchObject(named);
    });

    test('encryption that the server does not offer is named', async () => {
      const encrypted = open({ serverSideEncryption: 'AES256' });
      relay.fault = ({ method }) => (method === 'POST' ? refusal(501, 'NotImplemented') : 'pass');
      const named = { code: 'invalid-setting', facts: { setting: 'serverSideEncryption' } };
      await expect(encrypted.check()).rejects.toMatchObject(named);
      await encrypted.close();
      await expect(store.check()).rejects.toMatchObject(UNAVAILABLE);
    });
  });

  test.each<[string, Partial<S3Settings>]>([
    ['bucket', { bucket: 'Upper' }],
    ['prefix', { prefix: '/pictures' }],
    ['prefix', { prefix: 'a//b' }],
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: '../pictures' }],
    ['endpoint', { endpoint: 'localhost:9000' }],
    ['credentials', { credentials: { accessKeyId: 'id', secretAccessKey: '' } }],
    ['kmsKeyId', { kmsKeyId: 'key', serverSideEncryption: 'AES256' }],
    ['partBytes', { partBytes: 1 }],
    ['maxSockets', { maxSockets: 0 }],
    ['requestTimeoutMs', { requestTimeoutMs: 0.5 }],
    ['retries', { retries: -1 }],
  ])('%s out of range is named', (setting, wrong) => {
    expect(() => open(wrong)).toThrow(
      expect.objectContaining({ code: 'invalid-setting', facts: expect.objectContaining({ setting }) }),
    );
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
