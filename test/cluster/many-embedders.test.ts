import { describeWithOwnKafka, describeWithQdrant, testSeed } from '#testkit';
import { send } from '../ingest/requests.js';
import { Cluster } from './cluster.js';
import { expectFold, Load } from './load.js';
import { uploadSamples } from './sample-uploads.js';

jest.setTimeout(300_000);

describeWithOwnKafka('several embedders', (kafka) => {
  describeWithQdrant('on one log and one index', (qdrant) => {
    const seed = testSeed();
    let cluster: Cluster;
    beforeAll(() => {
      cluster = new Cluster(kafka(), qdrant());
    });
    afterAll(() => cluster?.remove());

    test('that start at once write to the same generation', async () => {
      const [first, second] = await Promise.all([cluster.start('embedder'), cluster.another('embedder')]);
      const generations = await Promise.all([first, second].map(({ url }) => send(`${url}/v1/status`)));
      expect(generations[0]?.body.generation).toBe(generations[1]?.body.generation);
      await second.stop();
    });

    test(`come and go during a load: nothing is lost, no older version wins (SEED=${seed})`, async () => {
      await cluster.start('ingest');
      await cluster.start('query');
      const load = new Load(seed, await uploadSamples(cluster.collection), 150);
      const publish = async () => {
        expect(await load.publish(cluster.process('ingest').url, load.make(400))).toEqual([]);
      };
      await publish();
      const [, second, third] = await Promise.all([
        publish(),
        cluster.another('embedder'),
        cluster.another('embedder'),
      ]);
      await Promise.all([publish(), second.stop()]);
      await Promise.all([publish(), third.kill()]);
      await publish();
      await expectFold(cluster, load);
    });
  });
});
