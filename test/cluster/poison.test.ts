import { DEAD_LETTERS_TOPIC, decodeDeadLetter, IMAGE_EVENTS_TOPIC, type NewRecord } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { addedEvent, describeWithOwnKafka, describeWithQdrant, eventually, stateOf } from '#testkit';
import { samplePicture } from '../query/sample-pictures.js';
import { Cluster } from './cluster.js';

jest.setTimeout(180_000);

const EVENTS = 1_000;
const POISONED = 617;

describeWithOwnKafka('a record that is no event', (kafka) => {
  describeWithQdrant('among a thousand', (qdrant) => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = new Cluster(kafka(), qdrant());
      await cluster.startAll();
    });
    afterAll(() => cluster?.remove());

    test('is set aside with its reason, and stops nobody', async () => {
      const picture = await samplePicture('nagasaki-boats');
      await cluster.collection.visible(await cluster.collection.add('first', picture));
      const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
      try {
        const poison: NewRecord = { key: 'poison', value: Buffer.from('{"not": "an event"'), headers: {} };
        const events = Array.from({ length: EVENTS }, (_, at) =>
          at === POISONED ? poison : addedEvent(`image-${at}`, stateOf(picture)),
        );
        await log.append(IMAGE_EVENTS_TOPIC, events);
        await eventually(async () => {
          expect((await cluster.collection.status()).images).toEqual({ ready: EVENTS, failed: 0, deleted: 0 });
        }, 120_000);
        const letters = [];
        for (const { partition } of await log.watermarks(DEAD_LETTERS_TOPIC)) {
          for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from: 0 })) {
            letters.push(decodeDeadLetter(record));
          }
        }
        expect(letters).toMatchObject([{ reason: { code: 'invalid-event' }, original: { key: 'poison' } }]);
      } finally {
        await log.close();
      }
    });
  });
});
