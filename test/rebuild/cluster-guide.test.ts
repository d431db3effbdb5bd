import { writeFileSync } from 'node:fs';
import { describeWithCluster } from '../cluster/cluster.js';
import { SEEDED } from '../e2e/encoders.js';
import { followingTheGuide } from './follow-guide.js';

jest.setTimeout(240_000);

describeWithCluster('the guide to reindexing', 'on Kafka and Qdrant', (cluster) => {
  const encoderFile = () => cluster().workplace.path('fc1.json');
  beforeAll(() =>
    writeFileSync(encoderFile(), JSON.stringify({ ...SEEDED.manifest(), name: 'seeded-fc1', layer: 'fc1' })),
  );

  followingTheGuide(() => ({
    collection: cluster().collection,
    env: {
      LOOKALIKE_URL: cluster().process('query').url,
      LOOKALIKE_EMBEDDER_URL: cluster().process('embedder').url,
      LOOKALIKE_INGEST_URL: cluster().process('ingest').url,
    },
    encoderFile: encoderFile(),
    loseIndex: () => cluster().qdrant.dropCollections(cluster().prefix),
  }));
});
