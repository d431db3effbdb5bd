import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { json, NDJSON, PHOTO, send } from './requests.js';

describe('a picture that is named by link', () => {
  let pictures: Server;
  let ingest: IngestServer;
  let connections = 0;
  beforeAll(async () => {
    pictures = createServer((request, response) => {
      if (request.url === '/photo.jpg') response.end(PHOTO);
      else if (request.url === '/text') response.end('no picture');
      else response.writeHead(404).end();
    });
    pictures.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
    ingest = await startIngest({
      env: { LOOKALIKE_LINK_HTTP_PORTS: String(port()), LOOKALIKE_LINK_ALLOWED_NETWORKS: '127.0.0.1/32' },
    });
  });
  afterAll(async () => {
    await ingest.close();
    pictures.close();
  });

  const port = () => (pictures.address() as AddressInfo).port;
  const link = (path: string, host = '127.0.0.1') => `http://${host}:${port()}${path}`;
  const post = (body: object) => send(`${ingest.url}/v1/images`, json('POST', body));
  const bulk = async (line: object) => (await send(`${ingest.url}/v1/images/bulk`, json('POST', line, NDJSON))).body;

  test('is fetched, kept, and published as a picture of our own', async () => {
    const answer = await post({ imageId: 'linked', uri: link('/photo.jpg'), sha256: sha256Of(PHOTO) });
    expect(answer).toMatchObject({ status: 202, body: { imageId: 'linked' } });
    const [published] = (await ingest.events()).filter(({ event }) => event.imageId === 'linked');
    expect(published?.event).toMatchObject({
      state: { uri: `blob:${sha256Of(PHOTO)}`, sizeBytes: PHOTO.length, mediaType: 'image/jpeg' },
    });
    expect(await ingest.blobs.stat(sha256Of(PHOTO))).toMatchObject({ sizeBytes: PHOTO.length });
  });

  test.each([
    ['is gone', '/nothing', {}, 422, 'link-gone'],
    ['is no picture', '/text', {}, 415, 'picture-not-recognised'],
    ['has other bytes than was said', '/photo.jpg', { sha256: '0'.repeat(64) }, 422, 'link-hash-mismatch'],
    ['has another size than was said', '/photo.jpg', { sizeBytes: 7 }, 422, 'link-size-mismatch'],
  ] as const)('and %s is refused with a reason', async (_, path, said, status, code) => {
    const before = (await ingest.blobFiles()).length;
    expect(await post({ uri: link(path), ...said })).toMatchObject({ status, body: { code } });
    expect(await ingest.blobFiles()).toHaveLength(before);
  });

  test('is not fetched from where strangers have nothing to ask', async () => {
    const before = connections;
    for (const host of ['localhost.', '127.0.0.2', '[::ffff:127.0.0.2]', '169.254.169.254', '0.0.0.0', '10.0.0.1']) {
      expect(await post({ uri: link('/photo.jpg', host) })).toMatchObject({
        status: 422,
        body: { code: 'link-refused' },
      });
    }
    expect(await post({ uri: 'http://127.0.0.1:1/a.jpg' })).toMatchObject({ body: { code: 'link-refused' } });
    expect(connections).toBe(before);
  });

  test('in a bulk line is left to the embed stage, which needs to know what to expect', async () => {
    const uri = link('/photo.jpg');
    expect(await bulk({ imageId: 'line', uri })).toMatchObject({
      status: 400,
      problem: { errors: [{ field: 'uri' }] },
    });
    const said = { sha256: sha256Of(PHOTO), sizeBytes: PHOTO.length, mediaType: 'image/jpeg' };
    const before = connections;
    expect(await bulk({ imageId: 'line', uri, ...said })).toMatchObject({ status: 202 });
    const [published] = (await ingest.events()).filter(({ event }) => event.imageId === 'line');
    expect(published?.event).toMatchObject({ state: { uri, ...said } });
    expect(connections).toBe(before);
  });

  test('in a bulk line is refused at once when the rules do, and nothing is published', async () => {
    const said = { sha256: sha256Of(PHOTO), sizeBytes: PHOTO.length, mediaType: 'image/jpeg' };
    const before = (await ingest.events()).length;
    expect(await bulk({ imageId: 'line', uri: 'http://127.0.0.1:1/a.jpg', ...said })).toMatchObject({
      status: 422,
      problem: { code: 'link-refused', reason: 'port' },
    });
    expect(await ingest.events()).toHaveLength(before);
  });

  test('is refused where links are switched off', async () => {
    const strict = await startIngest({ env: { LOOKALIKE_LINKS: 'off' } });
    const answer = await send(`${strict.url}/v1/images`, json('POST', { uri: link('/photo.jpg') }));
    expect(answer).toMatchObject({ status: 422, body: { code: 'link-refused', reason: 'scheme' } });
    await strict.close();
  });
});
