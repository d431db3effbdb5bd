import { describeWithOwnKafka, describeWithQdrant } from '#testkit';
import { idsOf } from '../e2e/collection.js';
import { SAMPLE_NAMES, samplePicture } from '../query/sample-pictures.js';
import { Cluster } from './cluster.js';

jest.setTimeout(120_000);

describeWithOwnKafka('ingest, embedder and query', (kafka) => {
  describeWithQdrant('on a Kafka broker and a Qdrant server', (qdrant) => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = new Cluster(kafka(), qdrant());
      await cluster.startAll();
    });
    afterAll(() => cluster?.remove());

    test('take a picture from its upload to a search, and away again', async () => {
      const { collection } = cluster;
      const pictures = await Promise.all(
        SAMPLE_NAMES.map(async (name) => ({ name, bytes: await samplePicture(name) })),
      );
      const added = await collection.addAll(pictures.map(({ name, bytes }) => [name, bytes]));
      for (const it of added) expect(await collection.visible(it)).toMatchObject({ state: 'ready' });
      const [first, second] = pictures;
      if (first === undefined || second === undefined) throw new Error('there are no sample pictures');
      expect(idsOf(await collection.search(first.bytes, 3))[0]).toBe(first.name);
      const changed = await collection.patch(second.name, { album: 'boats' });
      expect(await collection.visible(changed)).toMatchObject({ attributes: { album: 'boats' } });
      const deleted = await collection.delete(first.name);
      expect(await collection.visible(deleted)).toMatchObject({ state: 'deleted' });
      expect(idsOf(await collection.search(first.bytes, pictures.length))).not.toContain(first.name);
      expect(await collection.status()).toMatchObject({ images: { ready: pictures.length - 1, deleted: 1 } });
    });
  });
});
