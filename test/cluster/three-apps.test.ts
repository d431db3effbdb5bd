import { describeWithOwnKafka, describeWithQdrant, describeWithS3, type S3Server } from '#testkit';
import { runCommand } from '../../apps/cli/test/run-command.js';
import { idsOf } from '../e2e/collection.js';
import type { Env } from '../e2e/server-process.js';
import { SAMPLE_NAMES, samplePicture } from '../query/sample-pictures.js';
import { Cluster } from './cluster.js';

jest.setTimeout(120_000);

describeWithOwnKafka('ingest, embedder and query on a Kafka broker', (kafka) => {
  describeWithQdrant('and a Qdrant server', (qdrant) => {
    describe('with a folder of pictures', () => takePictures(() => ({})));
    describeWithS3('with a bucket of pictures', (s3) => takePictures(() => inBucket(s3())));

    function takePictures(settings: () => Env): void {
      let cluster: Cluster;
      beforeAll(async () => {
        cluster = new Cluster(kafka(), qdrant(), settings());
        await cluster.startAll();
      });
      afterAll(() => cluster?.remove());

      test('take a picture from its upload to a search, and away again', async () => {
        const { collection, prefix } = cluster;
        const pictures = await Promise.all(
          SAMPLE_NAMES.map(async (name) => ({ name: `${prefix}-${name}`, bytes: await samplePicture(name) })),
        );
        const added = await collection.addAll(pictures.map(({ name, bytes }) => [name, bytes]));
        for (const it of added) expect(await collection.visible(it)).toMatchObject({ state: 'ready' });
        const [first, second] = pictures;
        if (first === undefined || second === undefined) throw new Error('there are no sample pictures');
        const answer = await collection.search(first.bytes, 3);
        expect(idsOf(answer)[0]).toBe(first.name);
        const thumbnail = await fetch(`${cluster.process('query').url}${answer.results[0]?.thumbnail}`);
        expect(thumbnail.headers.get('content-type')).toBe('image/webp');
        const changed = await collection.patch(second.name, { album: 'boats' });
        expect(await collection.visible(changed)).toMatchObject({ attributes: { album: 'boats' } });
        const deleted = await collection.delete(first.name);
        expect(await collection.visible(deleted)).toMatchObject({ state: 'deleted' });
        expect(idsOf(await collection.search(first.bytes, pictures.length))).not.toContain(first.name);
      });

      test('are measured by the command', async () => {
        const urls = {
          LOOKALIKE_URL: cluster.process('query').url,
          LOOKALIKE_EMBEDDER_URL: cluster.process('embedder').url,
        };
        const { code, stdout } = await runCommand(['evaluate', '--sample', '5', '--json'], urls);
        expect(code).toBe(0);
        const measured = { share: 1, n: 5 };
        expect(JSON.parse(stdout)).toMatchObject({
          queries: { drawn: 5, from: (await cluster.collection.status()).images.ready },
          modes: [{ recallAt10: measured }, { recallAt10: measured }, { manyClients: { n: 5 } }],
          room: { memoryBytesPerImage: expect.any(Number), residentBytes: expect.any(Number) },
          ended: null,
        });
      });
    }
  });
});

function inBucket({ where: { endpoint, region, bucket, credentials } }: S3Server): Env {
  return {
    LOOKALIKE_BLOBS: 's3',
    LOOKALIKE_S3_ENDPOINT: endpoint,
    LOOKALIKE_S3_REGION: region,
    LOOKALIKE_S3_BUCKET: bucket,
    LOOKALIKE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
    LOOKALIKE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
