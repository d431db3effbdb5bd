import { LookalikeError } from '#core';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, json, PHOTO, send, sha256 } from './requests.js';

describe('faults', () => {
  let server: IngestServer;
  let isDiskFull = false;
  let isLogDown = false;

  beforeEach(async () => {
    isDiskFull = false;
    isLogDown = false;
    server = await startIngest({
      wrapBlobs: (blobs) => ({
        ...bound(blobs),
        // As a disk does that fills up in the middle of a file.
        put: async (source, options) => {
          if (!isDiskFull) return blobs.put(source, options);
          return blobs.put(source, { ...options, maxBytes: 100_000 }).catch(() => {
            throw new LookalikeError('storage-unavailable', 'ENOSPC: no space left, write /srv/data/blobs/x');
          });
        },
      }),
      wrapLog: (log) => ({
        ...log,
        append: async (topic, records) => {
          if (isLogDown) throw new LookalikeError('log-unavailable', 'broker 10.0.0.1 is down');
          return log.append(topic, records);
        },
      }),
    });
  });
  afterEach(() => server.close());

  const upload = () =>
    send(`${server.url}/v1/images`, { method: 'POST', body: form(['imageId', 'a'], ['file', PHOTO]) });

  test('a full disk is a 503 that may be tried again; nothing half-written stays; it works when there is room', async () => {
    isDiskFull = true;
    const answer = await upload();
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage-unavailable', canRetry: true } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(answer.body)).not.toContain('/srv');
    expect(await server.blobFiles()).toEqual([]);
    expect(await server.events()).toEqual([]);
    isDiskFull = false;
    expect((await upload()).status).toBe(202);
    expect(await server.events()).toHaveLength(1);
  });

  test('a log that is down is a 503 for every change, also with a key that is tried again', async () => {
    isLogDown = true;
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
    const put = json('PUT', { uri: `blob:${sha256(PHOTO)}` }, { 'idempotency-key': 'k' });
    const requests = [upload, () => send(`${server.url}/v1/images/a`, put)];
    for (const request of [...requests, () => send(`${server.url}/v1/images/a`, { method: 'DELETE' })]) {
      const answer = await request();
      expect(answer).toMatchObject({ status: 503, body: { code: 'log-unavailable', canRetry: true } });
      expect(JSON.stringify(answer.body)).not.toContain('10.0.0.1');
    }
    isLogDown = false;
    expect((await send(`${server.url}/v1/images/a`, put)).status).toBe(202);
    expect(await server.events()).toHaveLength(1);
  });
});

/** The methods of an object of a class, free of it. */
function bound<T extends object>(object: T): T {
  const proxy = new Proxy(object, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const { stat, open, read, delete: remove, close } = proxy as never as Record<string, never>;
  return { stat, open, read, delete: remove, close } as never as T;
}
