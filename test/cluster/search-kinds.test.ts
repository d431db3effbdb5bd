import { describeWithOwnKafka, describeWithQdrant } from '#testkit';
import { searchKinds } from '../search/search-kinds.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithOwnKafka('a search of the cluster', (kafka) => {
  describeWithQdrant('in Qdrant', (qdrant) => {
    searchKinds(async (settings) => {
      const cluster = new Cluster(kafka(), qdrant(), settings);
      await cluster.startAll();
      const { collection } = cluster;
      return { collection, queryUrl: cluster.process('query').url, close: () => cluster.remove() };
    });
  });
});
