import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { S3Objects } from '#blobs-s3';
import { describeWithS3, eventually, HttpRelay, PROJECT_ROOT } from '#testkit';
import { refusal, UNAVAILABLE } from '../test/relayed-s3.js';

const PREFIX = 'objects-of-others';
const PICTURE = Buffer.alloc(300_000, 3);

describeWithS3('objects of others', (s3) => {
  let relay: HttpRelay;
  let objects: S3Objects;
  let ending: AbortController;
  beforeEach(async () => {
    relay = await HttpRelay.start(s3().where.endpoint);
    objects = new S3Objects({ ...s3().where, endpoint: relay.url });
    ending = new AbortController();
  });
  afterEach(async () => {
    await objects.close();
    await relay.stop();
    await s3().drop(PREFIX);
  });

  const put = (key: string, body: Buffer = PICTURE) => {
    const at = { Bucket: s3().where.bucket, Key: key };
    return s3().client.send(new PutObjectCommand({ ...at, Body: body, ContentType: 'image/jpeg' }));
  };
  const get = (key: string, bucket = s3().where.bucket) => objects.get(bucket, key, ending.signal);

  test('are read by the key as it is', async () => {
    const names = ['a b', 'a%20b', '%2F', 'a+b', 'a?versionId=1', 'a#1', 'é😀', '/a//b', "a'(b)*!~", 'a&b=c;d', 'a\\b'];
    for (const name of names) {
      const key = `${PREFIX}/${name}`;
      await put(key, Buffer.from(name));
      const { statusCode, headers, body } = await get(key);
      expect([statusCode, headers]).toEqual([
        200,
        { 'content-type': 'image/jpeg', 'content-length': String(Buffer.byteLength(name)) },
      ]);
      expect(Buffer.concat(await body.toArray()).toString()).toBe(name);
    }
    // Read to its end, an answer gives its connection back.
    expect(relay.acceptedConnections).toBe(1);
  });

  test('are asked for once, whatever is answered', async () => {
    expect(relay.requests).toEqual([]);
    const missing = await get(`${PREFIX}/nothing`);
    expect(missing.statusCode).toBe(404);
    expect(await missing.body.toArray()).toEqual([]);
    expect(await get(PREFIX, 'there-is-no-such-bucket')).toMatchObject({ statusCode: 404 });
    expect(relay.requests).toHaveLength(2);
    expect(relay.requests[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=/);
    const answers: [number, string][] = [
      [403, 'AccessDenied'],
      [403, 'InvalidObjectState'],
      [400, 'InvalidRequest'],
      [429, 'TooManyRequests'],
      [500, 'InternalError'],
      [503, 'SlowDown'],
    ];
    for (const [status, code] of answers) {
      relay.requests.length = 0;
      relay.fault = () => refusal(status, code);
      expect(await get('a')).toMatchObject({ statusCode: status });
      expect(relay.requests).toHaveLength(1);
    }
    relay.fault = () => ({ status: 503, body: 'Service Unavailable' });
    expect(await get('a')).toMatchObject({ statusCode: 503 });
    relay.fault = () => 'cut';
    await expect(get('a')).rejects.toThrow('socket hang up');
  });

  test('need what the reference says, and no more', async () => {
    const page = await readFile(join(PROJECT_ROOT, 'docs/reference/s3.md'), 'utf8');
    const [, json = ''] = /^## Buckets of others$.*?```json\n(.*?)```/ms.exec(page) ?? [];
    const allowed = JSON.parse(json).Statement.flatMap((it: { Action: string[] }) => it.Action);
    expect(allowed.sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
    await put(`${PREFIX}/a`);
    await (await get(`${PREFIX}/a`)).body.toArray();
    await get(`${PREFIX}/nothing`);
    expect(relay.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  test.each<[number, string]>([
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [400, 'ExpiredToken'],
    [403, 'RequestTimeTooSkewed'],
    [301, 'PermanentRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
    [401, 'Unauthorized'],
  ])('that are refused with %i %s are not judged by it: it is we who are', async (status, code) => {
    relay.fault = () => refusal(status, code);
    await expect(get('a')).rejects.toMatchObject({ ...UNAVAILABLE, facts: { status } });
  });

  test.each([
    ['lists', 'pass' as const],
    ['may not be listed', refusal(403, 'AccessDenied')],
  ])('whose key alone makes the signature wrong are refused, where the bucket %s', async (_, listing) => {
    relay.fault = ({ path }) => (path.includes('list-type') ? listing : refusal(403, 'SignatureDoesNotMatch'));
    expect(await get('a//b')).toMatchObject({ statusCode: 403 });
    relay.fault = ({ path }) => (path.includes('list-type') ? 'cut' : refusal(403, 'SignatureDoesNotMatch'));
    await expect(get('a//b')).rejects.toThrow('socket hang up');
  });

  test('end with the signal, before their answer and after', async () => {
    await put(`${PREFIX}/a`);
    relay.fault = () => 'hang';
    const asked = get(`${PREFIX}/a`);
    await eventually(() => expect(relay.requests).toHaveLength(1));
    ending.abort(new Error('enough'));
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    ending = new AbortController();
    relay.fault = () => ({ stallAfterBytes: 10 });
    const { body } = await get(`${PREFIX}/a`);
    const read = body.toArray();
    ending.abort(new Error('enough'));
    await expect(read).rejects.toThrow();
  });

  test('are looked for where settings say, or nothing starts', async () => {
    expect(() => new S3Objects({ endpoint: 'localhost:9000' })).toThrow(
      expect.objectContaining({ code: 'invalid-setting', facts: expect.objectContaining({ setting: 'endpoint' }) }),
    );
    await objects.check();
    const { AWS_REGION, AWS_DEFAULT_REGION, AWS_CONFIG_FILE, ...rest } = process.env;
    const before = process.env;
    process.env = { ...rest, AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };
    try {
      const nowhere = new S3Objects({});
      await expect(nowhere.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting: 'region' } });
      await nowhere.close();
    } finally {
      process.env = before;
    }
    expect(relay.requests).toEqual([]);
  });
});
