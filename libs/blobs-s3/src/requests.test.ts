import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteBucketLifecycleCommand, PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3';
import { DEFAULT_S3_SETTINGS } from '#blobs-s3';
import { describeWithS3, PROJECT_ROOT, type RelayedRequest, sha256Of } from '#testkit';
import { LIMIT, PART_BYTES, RelayedS3 } from '../test/relayed-s3.js';
import { S3Bucket } from './s3-bucket.js';

const MIB = 2 ** 20;
const ABC = Buffer.from('abc');
const ABC_SHA256 = sha256Of(ABC);

/** What moto does not show is asked of the requests: they are what makes a real server do it. */
describeWithS3('the requests to S3', (s3) => {
  const at = new RelayedS3(s3);

  const pathOf = (sha256: string) => `/${s3().where.bucket}/${at.keyOf(sha256)}`;
  /** As `PUT key?query`, or `COPY key`, temporary keys as `tmp`, without the query's values and `x-id`. */
  const kind = ({ method, path, headers }: RelayedRequest) => {
    const url = new URL(path, 'http://s3');
    url.searchParams.delete('x-id');
    const query = [...url.searchParams.keys()].join('&');
    const [, folder = 'blob'] = /\/(tmp|withdrawn)\//.exec(url.pathname) ?? [];
    return `${'x-amz-copy-source' in headers ? 'COPY' : method} ${folder}${query === '' ? '' : `?${query}`}`;
  };
  const kinds = () => at.relay.requests.map(kind);

  test('none is made before the first call', async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(at.relay.requests).toEqual([]);
  });

  test('name the bucket in the path, and the blob by its hash', async () => {
    await at.store.put(ABC, LIMIT);
    expect(at.relay.requests.map((it) => `${it.method} ${it.path.split('?')[0]}`)).toEqual([
      `HEAD ${pathOf(ABC_SHA256)}`,
      `PUT ${pathOf(ABC_SHA256)}`,
    ]);
  });

  test('have the hash for the server to check, no ACL, and nothing that is not the SDK’s own', async () => {
    await at.store.put(ABC, LIMIT);
    const { headers } = at.relay.requests[1] as RelayedRequest;
    expect(headers).toMatchObject({
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': Buffer.from(ABC_SHA256, 'hex').toString('base64'),
      'x-amz-content-sha256': ABC_SHA256,
      'content-length': '3',
    });
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=/);
    expect(headers['user-agent']).toMatch(/^aws-sdk-js\/[\d.]+ /);
    expect(headers['user-agent']).not.toContain('lookalike');
  });

  test('never have an ACL or wait for a go-ahead, and are encrypted as asked', async () => {
    const encrypted = at.open({ serverSideEncryption: 'aws:kms', kmsKeyId: 'alias/pictures' });
    await encrypted.put(ABC, LIMIT);
    await encrypted.put(Buffer.alloc(PART_BYTES + 1), LIMIT);
    const names = new Set(at.relay.requests.flatMap((it) => Object.keys(it.headers)));
    expect([...names].filter((name) => /acl|grant|expect/.test(name))).toEqual([]);
    const sse = at.relay.requests.filter((it) => it.headers['x-amz-server-side-encryption'] !== undefined);
    expect(sse.map(kind)).toEqual(['PUT blob', 'POST tmp?uploads', 'COPY blob']);
    for (const { headers } of sse) {
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'alias/pictures',
      });
    }
    await encrypted.close();
  });

  test('do not ask for encryption that was not asked for', async () => {
    await at.store.put(ABC, LIMIT);
    for (const { headers } of at.relay.requests) expect(headers).not.toHaveProperty('x-amz-server-side-encryption');
  });

  test('do not send again what the server has intact: copied onto itself, it has a new time', async () => {
    const { sha256 } = await at.store.put(ABC, LIMIT);
    at.relay.requests.length = 0;
    await at.store.put(ABC, { ...LIMIT, isDerived: true });
    expect(kinds()).toEqual(['HEAD blob', 'COPY blob']);
    // Otherwise a server refuses it.
    expect(at.relay.requests[1]?.headers).toMatchObject({ 'x-amz-metadata-directive': 'REPLACE' });
    await s3().damage(at.keyOf(sha256));
    at.relay.requests.length = 0;
    await at.store.put(ABC, LIMIT);
    expect(kinds()).toEqual(['HEAD blob', 'PUT blob']);
  });

  test('of a large blob go to a temporary key, with a hash for each part, and the whole is copied', async () => {
    const bytes = Buffer.alloc(2 * PART_BYTES + 3, 7);
    const { sha256 } = await at.store.put(bytes, LIMIT);
    expect(kinds()).toEqual([
      'POST tmp?uploads',
      'PUT tmp?partNumber&uploadId',
      'PUT tmp?partNumber&uploadId',
      'HEAD blob',
      'PUT tmp?partNumber&uploadId',
      'POST tmp?uploadId',
      'COPY blob',
      'DELETE tmp',
    ]);
    const sizes = at.relay.requests.filter((it) => it.path.includes('partNumber'));
    expect(sizes.map((it) => it.sizeBytes)).toEqual([PART_BYTES, PART_BYTES, 3]);
    expect(sizes[2]?.headers['x-amz-checksum-sha256']).toBe(
      Buffer.from(sha256Of(Buffer.alloc(3, 7)), 'hex').toString('base64'),
    );
    expect(at.relay.requests[0]?.headers['x-amz-checksum-algorithm']).toBe('SHA256');
    expect(at.relay.requests[6]?.headers).toMatchObject({
      'x-amz-copy-source': expect.stringMatching(new RegExp(`^${s3().where.bucket}/${at.prefix}/tmp/`)),
      'x-amz-checksum-algorithm': 'SHA256',
    });
    expect(await at.entries()).toEqual([at.keyOf(sha256)]);
  });

  test('a blob of exactly one part is sent at once, as is one of two parts in two', async () => {
    await at.store.put(Buffer.alloc(PART_BYTES), LIMIT);
    expect(kinds()).toEqual(['HEAD blob', 'PUT blob']);
    at.relay.requests.length = 0;
    await at.store.put(Buffer.alloc(2 * PART_BYTES), LIMIT);
    expect(kinds().filter((it) => it.includes('partNumber'))).toHaveLength(2);
  });

  test('do not begin to send a large blob whose hash is told and known', async () => {
    const bytes = Buffer.alloc(PART_BYTES + 1, 7);
    const expectedSha256 = sha256Of(bytes);
    await at.store.put(bytes, { ...LIMIT, expectedSha256 });
    at.relay.requests.length = 0;
    expect(await at.store.put(bytes, { ...LIMIT, expectedSha256 })).toEqual({
      sha256: expectedSha256,
      sizeBytes: PART_BYTES + 1,
    });
    expect(kinds()).toEqual(['HEAD blob', 'COPY blob']);
    const other = Buffer.alloc(PART_BYTES + 1, 8);
    await expect(at.store.put(other, { ...LIMIT, expectedSha256 })).rejects.toMatchObject({
      code: 'blob-hash-mismatch',
    });
  });

  const listed = async () => {
    for await (const copy of (await at.store.list()).copies) return copy;
    throw new Error('Nothing is listed.');
  };

  test('of a withdrawal copy the blob aside before they delete it', async () => {
    await at.store.put(ABC, LIMIT);
    const copy = await listed();
    at.relay.requests.length = 0;
    await at.store.withdraw(copy);
    expect(kinds()).toEqual(['HEAD blob', 'COPY withdrawn', 'DELETE blob']);
    at.relay.requests.length = 0;
    await at.store.read(ABC_SHA256, LIMIT);
    expect(kinds()).toEqual(['GET blob', 'GET blob?list-type&prefix', 'GET blob', 'GET withdrawn']);
  });

  test('of a withdrawal that was stalled for long delete nothing: the server would take them', async () => {
    await at.store.put(ABC, LIMIT);
    const copy = await listed();
    const { delete: deleteObject } = S3Bucket.prototype;
    const stalled = jest.spyOn(S3Bucket.prototype, 'delete').mockImplementation(function (this: S3Bucket, ...args) {
      const later = Date.now() + 11 * 60_000;
      jest.spyOn(Date, 'now').mockReturnValue(later);
      return deleteObject.apply(this, args);
    });
    await expect(at.store.withdraw(copy)).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(stalled).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
    expect(kinds()).toContain('COPY withdrawn');
    expect(kinds()).not.toContain('DELETE blob');
    const aside = expect.stringMatching(`^${at.prefix}/withdrawn/`);
    expect((await at.entries()).toSorted()).toEqual([at.keyOf(ABC_SHA256), aside]);
  });

  test('have no hash where the server knows none, and then known blobs are sent again', async () => {
    const plain = at.open({ checksums: false });
    await plain.put(ABC, LIMIT);
    await plain.put(ABC, LIMIT);
    expect(kinds()).toEqual(['PUT blob', 'PUT blob']);
    await plain.put(Buffer.alloc(PART_BYTES + 1), LIMIT);
    const names = at.relay.requests.flatMap((it) => Object.keys(it.headers));
    expect(names.filter((name) => /checksum|trailer/.test(name))).toEqual([]);
    expect(await plain.read(ABC_SHA256, LIMIT)).toEqual(ABC);
    await plain.close();
  });

  test('are what the documented permissions and lifecycle rule are made for', async () => {
    const page = await readFile(join(PROJECT_ROOT, 'docs/reference/s3.md'), 'utf8');
    const [policy, rules] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json as string));
    const allowed = policy.Statement.flatMap((it: { Action: string[] }) => it.Action);
    const needed = ['GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload', 'ListBucket'];
    expect(allowed.sort()).toEqual(needed.map((it) => `s3:${it}`).sort());
    expect(rules.Rules[0].Filter.Prefix).toBe(`${DEFAULT_S3_SETTINGS.prefix}/tmp/`);
    await at.store.put(Buffer.alloc(PART_BYTES + 1), LIMIT);
    expect(at.relay.requests[0]?.path).toContain(`/${at.prefix}/tmp/`);
    const Bucket = s3().where.bucket;
    await s3().client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: rules }));
    await s3().client.send(new DeleteBucketLifecycleCommand({ Bucket }));
  });

  test('take no more connections than they may', async () => {
    const narrow = at.open({ maxSockets: 2 });
    const blobs = Array.from({ length: 12 }, (_, at) => Buffer.alloc(3 * MIB, at));
    await Promise.all(blobs.map((bytes) => narrow.put(bytes, LIMIT)));
    expect(at.relay.mostConnections).toBe(2);
    // Reading to the end gives the connection back.
    for (const bytes of blobs) await narrow.read(sha256Of(bytes), LIMIT);
    for (const bytes of blobs) for await (const _ of (await narrow.open(sha256Of(bytes))).stream);
    await narrow.read((await narrow.put(Buffer.alloc(0), LIMIT)).sha256, LIMIT);
    expect(at.relay.acceptedConnections).toBe(2);
    await narrow.close();
  });
});
