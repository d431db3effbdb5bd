import { describeWithOwnKafka, describeWithQdrant } from '#testkit';
import { form, send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { checkedUploads } from '../search/checked-uploads.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithOwnKafka('an upload that the cluster checks', (kafka) => {
  describeWithQdrant('by asking query', (qdrant) => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = new Cluster(kafka(), qdrant());
      await cluster.start('embedder');
      const query = await cluster.start('query');
      await cluster.start('ingest', { LOOKALIKE_QUERY_URL: query.url });
    });
    afterAll(() => cluster?.remove());

    checkedUploads(() => ({ collection: cluster.collection, ingestUrl: cluster.process('ingest').url }));

    test('is not stored while query is away, and is to be sent again', async () => {
      const { url } = cluster.process('ingest');
      await cluster.process('query').kill();
      const picture = await samplePicture('acanthus-mollis');
      for (const check of ['refuse', 'report']) {
        const body = form(['imageId', 'unchecked'], ['file', picture]);
        const answer = await send(`${url}/v1/images?check=${check}`, { method: 'POST', body });
        expect(answer).toMatchObject({ status: 503, body: { code: 'search-unavailable', canRetry: true } });
        expect(answer.headers.get('retry-after')).toBe('5');
      }
      await cluster.start('query');
      expect((await cluster.collection.image('unchecked')).body.code).toBe('image-unknown');
    });
  });
});
