import { Calibrations, PICTURES_ALONE } from '#search';
import { json, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { describeWithCluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithCluster('a calibration', 'whose record is in Kafka', (cluster) => {
  test('counts for the encoder that it was made with, and takes enough images', async () => {
    const { collection } = cluster();
    await collection.visible(await collection.add('boats', await samplePicture('nagasaki-boats')));
    const { url } = cluster().process('embedder');
    const before = (await send(`${url}/v1/calibration`)).body;
    expect(before).toMatchObject({ vectors: [{ vector: 'fc', model: 'pictures-alone' }], calibration: null });
    const refused = await send(`${url}/v1/calibrate`, json('POST', { sample: 50 }));
    expect(refused).toMatchObject({ status: 409, body: { code: 'sample-too-small', images: 1 } });
    const { fingerprint } = before.encoder;
    const unusable = { pictures: {}, edits: {} };
    const measured = { images: 50, edits: 29, pairs: 71_050, copiesAmongSample: 0, unusable, vectors: [] };
    await cluster().withLog((log) =>
      new Calibrations(log).decide({ fingerprint, models: { fc: PICTURES_ALONE }, measured, atMs: 1, by: 'somebody' }),
    );
    // One that is running finds out within half a minute.
    const another = await cluster().another('embedder');
    expect((await send(`${another.url}/v1/calibration`)).body).toMatchObject({
      vectors: [{ vector: 'fc', model: 'calibrated' }],
      calibration: { measured, by: 'somebody' },
    });
  });
});
