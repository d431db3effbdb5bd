import { randomUUID } from 'node:crypto';
import type { EventLog, TopicConfig } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventually, nextBatch, recordsOf } from '#testkit';
import type { Broker } from './kafkajs-internals.js';
import { deleteTopic, fetchTopicId } from './topic-ids.js';

jest.setTimeout(60_000);

const TWO: TopicConfig = { partitions: 2, retention: 'compact' };
const LIMITS = { maxRecords: 10, maxBytes: 1_000_000, maxWaitMs: 0 };
const record = (key: string) => ({ key, value: Buffer.from(key), headers: {} });
const keysOf = async (log: EventLog, topic: string) => (await recordsOf(log, topic)).map(({ key }) => key).sort();

describeWithKafka('a topic that another process drops', (kafka) => {
  const logs: EventLog[] = [];
  const open = () => {
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, sessionTimeoutMs: 6_000 });
    logs.push(log);
    return log;
  };
  afterEach(() => Promise.all(logs.splice(0).map((it) => it.close())));

  /** kafkajs asks for all topics that a client was told of, and fails once one of them is gone. */
  test('is told of, and all others go on; made anew it is used again', async () => {
    const [here, elsewhere] = [open(), open()];
    const [dropped, kept, later] = [randomUUID(), randomUUID(), randomUUID()];
    for (const topic of [dropped, kept]) {
      await here.ensureTopic(topic, TWO);
      await elsewhere.ensureTopic(topic, TWO);
      await elsewhere.append(topic, [record('a'), record('b')]);
      expect(await keysOf(elsewhere, topic)).toEqual(['a', 'b']);
      // A broker that has just started does not coordinate groups yet.
      await eventually(() => elsewhere.committed(topic, topic));
    }
    const [ofDropped, ofKept] = [
      await elsewhere.subscribe({ topic: dropped, group: dropped, limits: LIMITS }),
      await elsewhere.subscribe({ topic: kept, group: kept, limits: LIMITS }),
    ];
    await nextBatch(ofDropped);
    await nextBatch(ofKept);
    await here.dropTopic(dropped, await here.topicId(dropped));

    const gone = { code: 'topic-unknown' };
    await expect(elsewhere.watermarks(dropped)).rejects.toMatchObject(gone);
    await expect(elsewhere.append(dropped, [record('c')])).rejects.toMatchObject(gone);
    await expect(elsewhere.checkTopic(dropped, TWO)).rejects.toMatchObject(gone);
    const reading = async () => {
      while ((await ofDropped.next()) !== null);
    };
    await expect(reading()).rejects.toMatchObject(gone);
    await ofDropped.close();

    await elsewhere.append(kept, [record('c')]);
    await elsewhere.checkTopic(kept, TWO);
    expect(await keysOf(elsewhere, kept)).toEqual(['a', 'b', 'c']);
    await eventually(async () => expect((await ofKept.next())?.map(({ key }) => key)).toContain('c'));
    await elsewhere.ensureTopic(later, TWO);
    await elsewhere.append(later, [record('a')]);
    expect(await keysOf(elsewhere, later)).toEqual(['a']);

    const made = { partitions: 3, retention: 'compact' } as const;
    await here.ensureTopic(dropped, made);
    await here.append(dropped, [record('new')]);
    await elsewhere.ensureTopic(dropped, made);
    expect(await keysOf(elsewhere, dropped)).toEqual(['new']);
    await elsewhere.append(dropped, [record('newer')]);
    expect(await keysOf(here, dropped)).toEqual(['new', 'newer']);
    await ofKept.close();
  });

  test('is dropped once, by however many at once', async () => {
    const [here, elsewhere] = [open(), open()];
    const topic = randomUUID();
    await here.ensureTopic(topic, TWO);
    const id = await here.topicId(topic);
    expect(await elsewhere.topicId(topic)).toBe(id);
    await Promise.all([here.dropTopic(topic, id), elsewhere.dropTopic(topic, id)]);
    await here.ensureTopic(topic, TWO);
    await elsewhere.dropTopic(topic, id);
    expect(await elsewhere.watermarks(topic)).toHaveLength(2);
  });
});

describe('a broker that is too old to tell topics of one name apart', () => {
  const broker = { versions: { 3: { maxVersion: 9 }, 20: { maxVersion: 5 } } } as unknown as Broker;

  test('is refused before anything is dropped', async () => {
    const refused = { code: 'invalid-setting', canRetry: false };
    await expect(fetchTopicId(broker, 'topic')).rejects.toMatchObject(refused);
    await expect(deleteTopic(broker, '0'.repeat(32), 1000)).rejects.toMatchObject(refused);
  });
});
