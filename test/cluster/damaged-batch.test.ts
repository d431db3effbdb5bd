import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { IMAGE_EVENTS_TOPIC, partitionOf } from '#core';
import { eventually } from '#testkit';
import { send } from '../ingest/requests.js';
import { samplePicture } from '../query/sample-pictures.js';
import { describeWithCluster } from './cluster.js';

jest.setTimeout(180_000);

const PARTITIONS = 4;
/** Of a mebibyte each: together more than a batch may unpack to. */
const RECORDS = 130;

describeWithCluster('a record batch that cannot be unpacked', 'before an event', (cluster) => {
  test('holds up its partition until the stopped group is set behind it', async () => {
    const { collection } = cluster();
    const picture = await samplePicture('nagasaki-boats');
    await collection.visible(await collection.add('before', picture));
    const partition = partitionOf('held-up', PARTITIONS);
    const kafka = new Kafka({ brokers: [...cluster().kafka.brokers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = Array.from({ length: RECORDS }, () => ({ partition, key: 'x', value: Buffer.alloc(1_048_576) }));
    const [sent] = await producer.send({ topic: IMAGE_EVENTS_TOPIC, messages, compression: CompressionTypes.GZIP });
    await producer.disconnect();
    const accepted = await collection.add('held-up', picture);

    await eventually(async () => {
      const { body } = await send(`${cluster().process('embedder').url}/health/ready`);
      expect(body.error.embed).toMatchObject({ code: 'log-damaged', canRetry: false });
    }, 60_000);
    const { stages } = await collection.status();
    const { group: groupId } = stages.find(({ name }: { name: string }) => name === 'embed');
    await cluster().process('embedder').stop();

    const admin = kafka.admin();
    await admin.connect();
    const offset = String(Number(sent?.baseOffset) + RECORDS);
    await admin.setOffsets({ groupId, topic: IMAGE_EVENTS_TOPIC, partitions: [{ partition, offset }] });
    await admin.disconnect();
    await cluster().start('embedder');
    expect(await collection.visible(accepted)).toMatchObject({ state: 'ready' });
  });
});
