import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, Partitioners } from 'kafkajs';
import { type EventLog, IMAGE_EVENTS_TOPIC, partitionOf } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { openSqliteLog } from '#log-sqlite';
import { describeWithOwnKafka, recordsOf, stateOf, updatedEvent } from '#testkit';
import { fill, letterStates, PICTURES } from './some-collection.js';
import { Collection, exported, imported } from './transfer-world.js';

jest.setTimeout(180_000);

const [CAT, DOG] = PICTURES;

describeWithOwnKafka('a collection that moves from SQLite to Kafka and back', (kafka) => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-round-trip-'));
  const open: EventLog[] = [];
  const sqlite = async (name: string) => {
    const log = await openSqliteLog({
      folder: join(folder, name),
      maxRecordBytes: 1_048_576,
      onBackgroundError: () => {},
      compactAfterRecords: 4,
    });
    open.push(log);
    return log;
  };
  afterAll(async () => {
    for (const log of open) await log.close();
    rmSync(folder, { recursive: true });
  });

  let home: Collection;
  let cluster: Collection;

  test('is the same there, and nothing is embedded again', async () => {
    home = await fill(await Collection.of(await sqlite('first'), 3));
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    open.push(log);
    await imported(await exported(home.log), log, 5);
    cluster = await Collection.of(log, 5, home.blobs);
    await cluster.settle();
    expect(cluster.embedded).toBe(0);
    expect(await cluster.shown()).toEqual(await home.shown());
    expect(await letterStates(cluster)).toEqual(await letterStates(home));
  });

  test('is the same back here, with what was published meanwhile, and without what counts nowhere', async () => {
    await cluster.publish(updatedEvent('image-7', stateOf(CAT, { at: 300 })));
    const producer = new Kafka({ brokers: [...kafka().brokers] }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const { value, headers } = updatedEvent('image-7', stateOf(DOG, { at: 400 }));
    const elsewhere = (partitionOf('image-7', 5) + 1) % 5;
    const message = { value: Buffer.from(value ?? []), headers: { ...headers } };
    await producer.send({
      topic: IMAGE_EVENTS_TOPIC,
      messages: [
        { ...message, key: 'image-7', partition: elsewhere },
        { ...message, key: null, partition: 0 },
      ],
    });
    await producer.disconnect();
    await cluster.settle();

    const back = await sqlite('second');
    const { counts } = await imported(await exported(cluster.log), back, elsewhere + 1);
    expect(counts.events.leftOut).toBe(2);
    const again = await Collection.of(back, elsewhere + 1, home.blobs);
    await again.settle();
    expect(again.embedded).toBe(0);
    expect(await again.shown()).toEqual(await cluster.shown());
    expect(await again.shown()).toMatchObject({ 'image-7': { image: stateOf(CAT, { at: 300 }) } });
    expect(await letterStates(again)).toEqual(await letterStates(cluster));
  });

  test('versions of an image are in the order in which its events were published', async () => {
    const published = async ({ log, partitions }: Collection) => {
      const states: Record<string, string[]> = {};
      for (const { key, partition, value } of await recordsOf(log, IMAGE_EVENTS_TOPIC)) {
        if (key === null || partition !== partitionOf(key, partitions)) continue;
        states[key] = [...(states[key] ?? []), String(value)];
      }
      return states;
    };
    const [here, there] = [await published(home), await published(cluster)];
    expect(Object.keys(here)).toHaveLength(32);
    for (const [key, states] of Object.entries(here)) {
      expect(there[key]?.slice(0, states.length)).toEqual(states);
    }
  });
});
