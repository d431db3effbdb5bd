import { loadSettings } from '#config';
import type { PictureFetcher } from '#safe-fetch';
import { describeWithS3, HttpRelay, type RelayFault, sha256Of } from '#testkit';
import { openLinks } from './open-links.js';
import { Opened } from './opened.js';

const PREFIX = 'linked-pictures';
const PICTURE = Buffer.alloc(300_000, 3);
const MAX = { maxBytes: 1_000_000 };

describeWithS3('links', (s3) => {
  let relay: HttpRelay;
  let opened: Opened;
  beforeEach(async () => {
    relay = await HttpRelay.start(s3().where.endpoint);
    opened = new Opened();
    await s3().put(`${PREFIX}/boat.jpg`, PICTURE);
  });
  afterEach(async () => {
    await opened.close();
    await relay.stop();
    await s3().drop(PREFIX);
  });

  const open = (env: Record<string, string> = {}): Promise<PictureFetcher> => {
    const settings = loadSettings({
      ...s3().settings(relay.url),
      LOOKALIKE_S3_SOURCE_BUCKETS: `${s3().where.bucket}, bucket-without-objects`,
      LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32',
      LOOKALIKE_LINK_HTTP_PORTS: new URL(relay.url).port,
      ...env,
    });
    return openLinks(settings, opened);
  };
  const link = (key = 'boat.jpg', bucket = s3().where.bucket) => `s3://${bucket}/${PREFIX}/${key}`;

  test('to objects of the buckets that settings name are fetched, by the rules of links', async () => {
    const links = await open();
    const right = { ...MAX, sizeBytes: PICTURE.length, sha256: sha256Of(PICTURE) };
    expect((await links.fetch(link(), right)).bytes.equals(PICTURE)).toBe(true);
    const { stream, sizeBytes } = await links.open(link(), MAX);
    expect([sizeBytes, Buffer.concat(await stream.toArray()).equals(PICTURE)]).toEqual([PICTURE.length, true]);
    await expect(links.fetch(link('none.jpg'), MAX)).rejects.toMatchObject({ code: 'link-gone' });
    await expect(links.fetch(link('a', 'bucket-without-objects'), MAX)).rejects.toMatchObject({ code: 'link-gone' });
    await expect(links.fetch(link(), { maxBytes: 1000 })).rejects.toMatchObject({ code: 'link-too-large' });
    const other = { ...MAX, sha256: '0'.repeat(64) };
    await expect(links.fetch(link(), other)).rejects.toMatchObject({ code: 'link-hash-mismatch' });
  });

  test.each<[RelayFault, string, boolean]>([
    [{ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }, 'link-denied', false],
    [{ status: 503, body: '<Error><Code>SlowDown</Code></Error>' }, 'link-unavailable', true],
    ['cut', 'link-unavailable', true],
    [{ cutAfterBytes: 1000 }, 'link-unavailable', true],
    ['hang', 'link-too-slow', true],
    [{ stallAfterBytes: 1000 }, 'link-too-slow', true],
  ])('to an object with the fault %j are %s, after one request', async (fault, code, canRetry) => {
    const links = await open({ LOOKALIKE_LINK_FIRST_BYTE_SECONDS: '1', LOOKALIKE_LINK_STALL_SECONDS: '1' });
    relay.fault = () => fault;
    await expect(links.fetch(link(), MAX)).rejects.toMatchObject({ code, canRetry });
    expect(relay.requests).toHaveLength(1);
  });

  test('to objects wait while it is we who are refused', async () => {
    const links = await open();
    relay.fault = () => ({ status: 403, body: '<Error><Code>InvalidAccessKeyId</Code></Error>' });
    await expect(links.fetch(link(), MAX)).rejects.toMatchObject({ code: 'storage-unavailable', canRetry: true });
  });

  test('to other buckets are refused, and nobody is asked', async () => {
    const refused = { code: 'link-refused', canRetry: false };
    await expect((await open()).fetch(link('a', 'secrets'), MAX)).rejects.toMatchObject(refused);
    const none = await open({ LOOKALIKE_S3_SOURCE_BUCKETS: '' });
    await expect(none.fetch(link(), MAX)).rejects.toMatchObject(refused);
    expect(relay.requests).toEqual([]);
  });

  test('to servers may be switched off while objects are fetched', async () => {
    const links = await open({ LOOKALIKE_LINKS: 'off' });
    expect((await links.fetch(link(), MAX)).bytes).toHaveLength(PICTURE.length);
    await expect(links.fetch(`${relay.url}/a.jpg`, MAX)).rejects.toMatchObject({
      code: 'link-refused',
      facts: { reason: 'scheme' },
    });
  });
});
