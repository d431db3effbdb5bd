import { describeWithOwnKafka, describeWithQdrant } from '#testkit';
import { duplicates } from '../search/duplicates.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithOwnKafka('duplicates on the cluster', (kafka) => {
  describeWithQdrant('in Qdrant', (qdrant) => {
    duplicates(async (settings) => {
      const cluster = new Cluster(kafka(), qdrant(), settings);
      await cluster.start('embedder');
      const { url: queryUrl } = await cluster.start('query');
      await cluster.start('ingest', { LOOKALIKE_QUERY_URL: queryUrl });
      const { collection } = cluster;
      return { collection, queryUrl, close: () => cluster.remove() };
    });
  });
});
