import type { S3Settings } from '#blobs-s3';
import { describeWithS3, freePort, sha256Of } from '#testkit';
import { LIMIT, QUICK, RelayedS3, refusal, UNAVAILABLE } from '../test/relayed-s3.js';

const SMALL = Buffer.alloc(300_000, 3);

describeWithS3('a bucket is checked', (s3) => {
  const at = new RelayedS3(s3, QUICK);

  test('writes once, and leaves nothing', async () => {
    await at.store.check();
    await at.store.check();
    expect(at.relay.requests.map((it) => it.method)).toEqual(['GET', 'POST', 'DELETE', 'GET']);
    expect(await at.entries()).toEqual([]);
  });

  test('a server that is not there is waited for', async () => {
    const away = at.open({ endpoint: `http://127.0.0.1:${await freePort()}` });
    await expect(away.check()).rejects.toMatchObject(UNAVAILABLE);
    await away.close();
  });

  test('a bucket that is not there is named, and later waited for', async () => {
    const other = at.open({ bucket: 'there-is-no-such-bucket' });
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
    at.relay.fault = () => refusal(status, code);
    await expect(at.store.check()).rejects.toMatchObject({ code: 'invalid-setting', facts: { setting } });
    const later = { ...UNAVAILABLE, facts: { status } };
    await expect(at.store.read(sha256Of(SMALL), LIMIT)).rejects.toMatchObject(later);
    await expect(at.store.put(SMALL, LIMIT)).rejects.toMatchObject(later);
  });

  test('a clock that goes wrong is waited for', async () => {
    at.relay.fault = () => refusal(403, 'RequestTimeTooSkewed');
    await expect(at.store.check()).rejects.toMatchObject(UNAVAILABLE);
  });

  test('credentials that may only read are named', async () => {
    at.relay.fault = ({ method }) => (method === 'POST' ? refusal(403, 'AccessDenied') : 'pass');
    const named = { code: 'invalid-setting', facts: { setting: 'credentials' } };
    await expect(at.store.check()).rejects.toMatchObject(named);
    await expect(at.store.check()).rejects.toMatchObject(named);
  });

  test('encryption that the server does not offer is named', async () => {
    const encrypted = at.open({ serverSideEncryption: 'AES256' });
    at.relay.fault = ({ method }) => (method === 'POST' ? refusal(501, 'NotImplemented') : 'pass');
    const named = { code: 'invalid-setting', facts: { setting: 'serverSideEncryption' } };
    await expect(encrypted.check()).rejects.toMatchObject(named);
    await encrypted.close();
    await expect(at.store.check()).rejects.toMatchObject(UNAVAILABLE);
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
    expect(() => at.open(wrong)).toThrow(
      expect.objectContaining({ code: 'invalid-setting', facts: expect.objectContaining({ setting }) }),
    );
  });
});
