import { Kafka, logLevel } from 'kafkajs';
import { IMAGE_EVENTS_TOPIC } from '#core';
import { describeWithOwnKafka, describeWithQdrant, HttpRelay } from '#testkit';
import { idsOf } from '../e2e/collection.js';
import type { ServerProcess } from '../e2e/server-process.js';
import { samplePicture } from '../query/sample-pictures.js';
import { Cluster, type ClusterApp } from './cluster.js';

jest.setTimeout(180_000);

const APPS: readonly ClusterApp[] = ['query', 'ingest', 'embedder'];

describeWithOwnKafka('applications that are started', (kafka) => {
  describeWithQdrant('before what they need', (qdrant) => {
    let cluster: Cluster;
    let relay: HttpRelay;
    beforeAll(async () => {
      relay = await HttpRelay.start(qdrant().url);
      cluster = new Cluster(kafka(), qdrant(), { LOOKALIKE_QDRANT_URL: relay.url });
    });
    afterAll(async () => {
      await cluster?.remove();
      await relay?.stop();
    });

    test('wait for it, say so once, and serve then', async () => {
      await kafka().stop();
      relay.fault = () => 'cut';
      const processes = new Map<ClusterApp, ServerProcess>();
      for (const app of APPS) processes.set(app, await cluster.spawn(app));
      for (const [app, it] of processes) await it.says(`waiting for ${app === 'query' ? 'Qdrant' : 'Kafka'}`);
      await kafka().startAgain();
      await processes.get('embedder')?.says('waiting for Qdrant');
      relay.fault = () => 'pass';
      for (const it of processes.values()) await it.ready();
      for (const it of processes.values()) {
        expect(it.output.split('"msg":"waiting for Qdrant"').length).toBeLessThanOrEqual(2);
      }
      const picture = await samplePicture('black-canyon');
      const { collection } = cluster;
      expect(await collection.visible(await collection.add('canyon', picture))).toMatchObject({ state: 'ready' });
      expect(idsOf(await collection.search(picture))).toEqual(['canyon']);
    });

    test('with a topic that cannot keep the promises do not start, and say why', async () => {
      const other = { LOOKALIKE_PARTITIONS: '3' };
      for (const app of ['ingest', 'embedder'] as const) {
        const { exitCode, stderr } = await cluster.workplace.failToStart(cluster.env(other), app);
        expect({ exitCode, stderr }).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining('LOOKALIKE_PARTITIONS is 3'),
        });
      }
      await setRetention('604800000');
      const { exitCode, stderr } = await cluster.workplace.failToStart(cluster.env(), 'ingest');
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^topic-mismatch: .*604800000/),
      });
      await setRetention('-1');
    });

    test('with a broker or a server at no address wait too, until they are told to stop', async () => {
      const nowhere = await cluster.spawn('ingest', { LOOKALIKE_KAFKA_BROKERS: '127.0.0.1:1' });
      await nowhere.says('waiting for Kafka');
      nowhere.signal('SIGTERM');
      expect(await nowhere.exit(10_000)).toEqual({ code: 0, signal: null });
    });

    async function setRetention(ms: string): Promise<void> {
      const admin = new Kafka({ brokers: [...kafka().brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const configEntries = [
        { name: 'retention.ms', value: ms },
        { name: 'retention.bytes', value: '-1' },
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'max.message.bytes', value: '1114112' },
      ];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: IMAGE_EVENTS_TOPIC, configEntries }],
      });
      await admin.disconnect();
    }
  });
});
