import { describeWithS3, sha256Of } from '#testkit';
import { json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { Collection, idsOf } from './collection.js';
import { type ServerProcess, Workplace } from './server-process.js';

jest.setTimeout(120_000);

const PREFIX = 'uploads-of-a-platform';

describeWithS3('a server whose pictures are in a folder', (s3) => {
  const workplace = new Workplace();
  const collection = new Collection(() => server.url);
  let server: ServerProcess;
  beforeAll(async () => {
    server = await workplace.start({ ...s3().settings(), LOOKALIKE_S3_SOURCE_BUCKETS: s3().where.bucket });
  });
  afterAll(async () => {
    await workplace.remove();
    await s3().drop(PREFIX);
  });

  test('takes others from the buckets that it is told', async () => {
    const link = (name: string) => `s3://${s3().where.bucket}/${PREFIX}/${name}`;
    const [boats, canyon] = [await samplePicture('nagasaki-boats'), await samplePicture('black-canyon')];
    await s3().put(`${PREFIX}/boats.jpg`, boats);
    await s3().put(`${PREFIX}/canyon.jpg`, canyon);
    const one = await send(`${server.url}/v1/images`, json('POST', { imageId: 'boats', uri: link('boats.jpg') }));
    expect(one.status).toBe(202);
    const said = { sha256: sha256Of(canyon), sizeBytes: canyon.length, mediaType: 'image/jpeg' };
    const [line] = await collection.bulk([{ imageId: 'canyon', uri: link('canyon.jpg'), ...said }]);
    expect(line).toMatchObject({ status: 202 });
    for (const it of [one.body, line]) expect(await collection.visible(it)).toMatchObject({ state: 'ready' });
    expect(idsOf(await collection.search(canyon))).toEqual(['canyon', 'boats']);
  });

  test('does not start when it is told of buckets and not where they are', async () => {
    const nowhere = { AWS_CONFIG_FILE: workplace.path('none'), AWS_SHARED_CREDENTIALS_FILE: workplace.path('none') };
    const { exitCode, stderr } = await workplace.failToStart({
      LOOKALIKE_S3_SOURCE_BUCKETS: 'uploads',
      LOOKALIKE_DATA_DIR: workplace.path('other'),
      ...nowhere,
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('region') });
  });
});
