import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LookalikeError } from '#core';
import { describeWithSmallDisks, SmallDisk, sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { form, json, PHOTO, send } from './requests.js';

const upload = ({ url }: IngestServer, picture = PHOTO) =>
  send(`${url}/v1/images`, { method: 'POST', body: form(['imageId', 'a'], ['file', picture]) });

describeWithSmallDisks('a full disk', () => {
  let disk: SmallDisk;
  let server: IngestServer;

  beforeEach(async () => {
    disk = new SmallDisk(await mkdtemp(join(tmpdir(), 'ingest-full-')), '900k');
    server = await startIngest({ folder: disk.folder });
  });
  afterEach(async () => {
    await server.close();
    disk.remove();
    await rm(disk.folder, { recursive: true });
  });

  test('is a 503 that may be tried again; nothing half-written stays; it works when there is room', async () => {
    const answer = await upload(server, Buffer.concat([PHOTO, Buffer.alloc(1_000_000)]));
    expect(answer).toMatchObject({ status: 503, body: { code: 'storage-unavailable', canRetry: true } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(answer.body)).not.toContain(disk.folder);
    expect(await server.blobFiles()).toEqual([]);
    expect(await server.events()).toEqual([]);
    expect((await upload(server)).status).toBe(202);
    expect(await server.events()).toHaveLength(1);
  });
});

describe('a log that is down', () => {
  let server: IngestServer;
  let isDown = false;

  beforeEach(async () => {
    isDown = false;
    server = await startIngest({
      append: async (log, topic, records) => {
        if (isDown) throw new LookalikeError('log-unavailable', 'broker 10.0.0.1 is down');
        return log.append(topic, records);
      },
    });
    await server.blobs.put(PHOTO, { maxBytes: PHOTO.length });
  });
  afterEach(() => server.close());

  const put = (headers = {}) =>
    send(`${server.url}/v1/images/a`, json('PUT', { uri: `blob:${sha256Of(PHOTO)}` }, headers));

  test('is a 503 for every change', async () => {
    isDown = true;
    for (const change of [upload(server), put(), send(`${server.url}/v1/images/a`, { method: 'DELETE' })]) {
      const answer = await change;
      expect(answer).toMatchObject({ status: 503, body: { code: 'log-unavailable', canRetry: true } });
      expect(JSON.stringify(answer.body)).not.toContain('10.0.0.1');
    }
  });

  test('does not use up an Idempotency-Key', async () => {
    isDown = true;
    expect((await put({ 'idempotency-key': 'k' })).status).toBe(503);
    isDown = false;
    expect((await put({ 'idempotency-key': 'k' })).status).toBe(202);
    expect(await server.events()).toHaveLength(1);
  });
});
