import { describeWithModels, describeWithOwnKafka, describeWithPhotos, describeWithQdrant } from '#testkit';
import { LABELLING } from '../e2e/encoders.js';
import { Workplace } from '../e2e/server-process.js';
import { labelKinds } from '../search/labels.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

describeWithPhotos('with photos', () => {
  describeWithModels('labels of the cluster', () => {
    describeWithOwnKafka('over Kafka', (kafka) => {
      describeWithQdrant('in Qdrant', (qdrant) => {
        labelKinds(async () => {
          const workplace = new Workplace(LABELLING);
          const cluster = new Cluster(kafka(), qdrant(), {
            LOOKALIKE_ENCODER: workplace.manifest,
            LOOKALIKE_MODEL_FILE: await LABELLING.modelFile(),
          });
          await cluster.startAll();
          const close = async () => {
            await cluster.remove();
            await workplace.remove();
          };
          return { collection: cluster.collection, queryUrl: cluster.process('query').url, close };
        });
      });
    });
  });
});
