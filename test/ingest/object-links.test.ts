import { describeWithS3, HttpRelay, sha256Of } from '#testkit';
import { type IngestServer, startIngest } from './ingest-server.js';
import { json, NDJSON, PHOTO, send } from './requests.js';

const PREFIX = 'uploads-of-a-platform';

describeWithS3('a picture that is named by a link to an object', (s3) => {
  let relay: HttpRelay;
  let ingest: IngestServer;
  beforeAll(async () => {
    relay = await HttpRelay.start(s3().where.endpoint);
    ingest = await startIngest({
      env: { ...s3().settings(relay.url), LOOKALIKE_S3_SOURCE_BUCKETS: s3().where.bucket },
    });
    await s3().put(`${PREFIX}/photo #1.jpg`, PHOTO);
    await s3().put(`${PREFIX}/text`, Buffer.from('no picture'));
  });
  afterAll(async () => {
    await ingest?.close();
    await relay?.stop();
    await s3().drop(PREFIX);
  });
  beforeEach(() => {
    relay.requests.length = 0;
    relay.fault = () => 'pass';
  });

  const link = (name: string, bucket = s3().where.bucket) => `s3://${bucket}/${PREFIX}/${name}`;
  const post = (body: object) => send(`${ingest.url}/v1/images`, json('POST', body));
  const bulk = async (line: object) => (await send(`${ingest.url}/v1/images/bulk`, json('POST', line, NDJSON))).body;
  const published = async (imageId: string) =>
    (await ingest.events()).filter(({ event }) => event.imageId === imageId).map(({ event }) => event);

  test('is fetched, kept, and published as a picture of our own', async () => {
    const answer = await post({ imageId: 'object', uri: link('photo #1.jpg'), sha256: sha256Of(PHOTO) });
    expect(answer).toMatchObject({ status: 202, body: { imageId: 'object' } });
    expect(await published('object')).toMatchObject([
      { state: { uri: `blob:${sha256Of(PHOTO)}`, sizeBytes: PHOTO.length, mediaType: 'image/jpeg' } },
    ]);
    expect(await ingest.blobs.stat(sha256Of(PHOTO))).toMatchObject({ sizeBytes: PHOTO.length });
  });

  test.each([
    ['is not there', 'nothing', {}, 422, 'link-gone'],
    ['is no picture', 'text', {}, 415, 'picture-not-recognised'],
    ['has other bytes than was said', 'photo #1.jpg', { sha256: '0'.repeat(64) }, 422, 'link-hash-mismatch'],
    ['has another size than was said', 'photo #1.jpg', { sizeBytes: 7 }, 422, 'link-size-mismatch'],
  ] as const)('and %s is refused with a reason', async (_, name, said, status, code) => {
    const before = (await ingest.blobFiles()).length;
    expect(await post({ uri: link(name), ...said })).toMatchObject({ status, body: { code } });
    expect(await ingest.blobFiles()).toHaveLength(before);
  });

  test('is to be asked for again when S3 fails', async () => {
    relay.fault = () => ({ status: 503, body: '<Error><Code>SlowDown</Code></Error>' });
    expect(await post({ uri: link('photo #1.jpg') })).toMatchObject({
      status: 503,
      body: { code: 'link-unavailable' },
    });
  });

  test('of a bucket that settings do not name is refused, and nobody is asked', async () => {
    const uri = link('photo #1.jpg', 'secrets');
    const refused = { code: 'link-refused', reason: 'bucket' };
    expect(await post({ uri })).toMatchObject({ status: 422, body: refused });
    const said = { sha256: sha256Of(PHOTO), sizeBytes: PHOTO.length, mediaType: 'image/jpeg' };
    expect(await bulk({ imageId: 'other', uri, ...said })).toMatchObject({ status: 422, problem: refused });
    expect(await published('other')).toEqual([]);
    expect(relay.requests).toEqual([]);
  });

  test('in a bulk line is left to the embed stage, which needs to know what to expect', async () => {
    const uri = link('photo #1.jpg');
    expect(await bulk({ imageId: 'line', uri })).toMatchObject({
      status: 400,
      problem: { errors: [{ field: 'uri' }] },
    });
    const said = { sha256: sha256Of(PHOTO), sizeBytes: PHOTO.length, mediaType: 'image/jpeg' };
    expect(await bulk({ imageId: 'line', uri, ...said })).toMatchObject({ status: 202 });
    expect(await published('line')).toMatchObject([{ state: { uri, ...said } }]);
    expect(relay.requests).toEqual([]);
  });

  test('is refused where settings name no bucket', async () => {
    const strict = await startIngest();
    const answer = await send(`${strict.url}/v1/images`, json('POST', { uri: link('photo #1.jpg') }));
    expect(answer).toMatchObject({ status: 422, body: { code: 'link-refused', reason: 'scheme' } });
    await strict.close();
  });
});
