import { randomUUID } from 'node:crypto';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  ConfigResourceTypes,
  Kafka,
  Partitioners,
} from 'kafkajs';
import { type EventLog, type TopicConfig } from '#core';
import { DEFAULT_KAFKA_SETTINGS, type KafkaSettings, openKafkaLog } from '#log-kafka';
import { describeWithOwnKafka, eventually, freePort, KAFKA_USERS, recordsOf } from '#testkit';

jest.setTimeout(60_000);

const ONE: TopicConfig = { partitions: 1, retention: 'forever' };
const DAY_MS = 86_400_000;
const LIMITS = { maxRecords: 10, maxBytes: 1_000_000, maxWaitMs: 0 };

describeWithOwnKafka('a topic', (kafka) => {
  let admin: Admin;
  const logs: EventLog[] = [];
  beforeAll(async () => {
    admin = new Kafka({ brokers: [...kafka().brokers] }).admin();
    await admin.connect();
  });
  afterEach(() => Promise.all(logs.splice(0).map((it) => it.close())));
  afterAll(() => admin.disconnect());

  const open = (settings: Partial<KafkaSettings> = {}) => {
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, ...settings });
    logs.push(log);
    return log;
  };
  const as = (
    user: keyof typeof KAFKA_USERS,
    settings: Partial<KafkaSettings> = {},
    password: string = KAFKA_USERS[user],
  ) => open({ brokers: kafka().withPasswords, sasl: { mechanism: 'plain', username: user, password }, ...settings });
  const make = async (configs: Record<string, string>, topic = `topic-${randomUUID()}`) => {
    const forever = { 'retention.ms': '-1', 'retention.bytes': '-1', 'max.message.bytes': '2000000', ...configs };
    const configEntries = Object.entries(forever).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }] });
    return topic;
  };
  const configsOf = async (topic: string) => {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
    const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources });
    return Object.fromEntries((found[0]?.configEntries ?? []).map((it) => [it.configName, it.configValue]));
  };
  const allow = (user: string, name: string, resourceType: AclResourceTypes, ...operations: AclOperationTypes[]) =>
    admin.createAcls({
      acl: operations.map((operation) => ({
        resourceType,
        resourceName: name,
        resourcePatternType: 3,
        principal: `User:${user}`,
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    });

  /** kafkajs' admin client replaces all that it knows of topics when it looks for others. */
  test('is known while others are looked for', async () => {
    for (let rounds = 0; rounds < 10; rounds++) {
      const log = open();
      const made = Array.from({ length: 20 }, async () => {
        const topic = `topic-${randomUUID()}`;
        await log.ensureTopic(topic, ONE);
        for (let asked = 0; asked < 10; asked++) await log.watermarks(topic);
      });
      await Promise.all(made);
    }
  });

  test('is made so that it keeps what it takes', async () => {
    const [forever, compact] = [`forever-${randomUUID()}`, `compact-${randomUUID()}`];
    await open().ensureTopic(forever, ONE);
    await open().ensureTopic(compact, { partitions: 1, retention: 'compact' });
    const both = {
      'min.insync.replicas': '1',
      'unclean.leader.election.enable': 'false',
      'message.timestamp.type': 'LogAppendTime',
    };
    expect(await configsOf(forever)).toMatchObject({ ...both, 'cleanup.policy': 'delete', 'retention.ms': '-1' });
    expect(await configsOf(compact)).toMatchObject({
      ...both,
      'cleanup.policy': 'compact',
      'delete.retention.ms': '604800000',
      'max.compaction.lag.ms': '604800000',
    });
  });

  test('takes records of senders whose clocks are wrong, and has the time at which it took them', async () => {
    const [log, topic] = [open(), `topic-${randomUUID()}`];
    await log.ensureTopic(topic, ONE);
    const producer = new Kafka({ brokers: [...kafka().brokers] }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const nowMs = Date.now();
    const clocks = [nowMs + 2 * DAY_MS, nowMs - 2 * DAY_MS, nowMs];
    await producer.send({ topic, messages: clocks.map((it) => ({ value: 'x', timestamp: String(it) })) });
    await producer.disconnect();
    const times = (await recordsOf(log, topic)).map((it) => it.timestampMs);
    expect(times).toHaveLength(clocks.length);
    for (const it of times) expect(Math.abs(it - nowMs)).toBeLessThan(60_000);
  });

  test.each<[string, Record<string, string>, Partial<KafkaSettings>, object, object]>([
    ['fewer copies', {}, { replicationFactor: 2 }, { replicationFactor: 1 }, { replicationFactor: 2 }],
    [
      'too few copies before a record counts as written',
      {},
      { replicationFactor: 3 },
      { replicationFactor: 1, minInsyncReplicas: 1 },
      { replicationFactor: 3, minInsyncReplicas: 2 },
    ],
    [
      'more copies in sync than there are',
      { 'min.insync.replicas': '2' },
      {},
      { minInsyncReplicas: 2 },
      { minInsyncReplicas: 'at most 1' },
    ],
    [
      'leaders that may have lost records',
      { 'unclean.leader.election.enable': 'true' },
      {},
      { uncleanLeaderElection: true },
      { uncleanLeaderElection: false },
    ],
    [
      'an end',
      { 'retention.ms': '1000' },
      {},
      { retention: 'delete after 1000 ms or -1 bytes' },
      { retention: 'forever' },
    ],
  ])('with %s is a mismatch that names found and wanted', async (_, configs, settings, found, wanted) => {
    const topic = await make(configs);
    await expect(open(settings).ensureTopic(topic, ONE)).rejects.toMatchObject({
      code: 'topic-mismatch',
      canRetry: false,
      facts: { topic, found, wanted },
    });
  });

  test('that somebody changes is seen by whoever looks again', async () => {
    const topic = `topic-${randomUUID()}`;
    const log = open();
    await log.ensureTopic(topic, ONE);
    await log.checkTopic(topic, ONE);
    const configEntries = [{ name: 'retention.ms', value: '60000' }];
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
    await admin.alterConfigs({ validateOnly: false, resources });
    const found = { retention: 'delete after 60000 ms or -1 bytes' };
    await eventually(() =>
      expect(log.checkTopic(topic, ONE)).rejects.toMatchObject({ code: 'topic-mismatch', facts: { found } }),
    );
    await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    await eventually(() =>
      expect(log.checkTopic(topic, ONE)).rejects.toMatchObject({ facts: { found: { ...found, partitions: 2 } } }),
    );
  });

  test.each<[string, string, Partial<KafkaSettings>, string]>([
    ['with more copies than there are brokers', '', { replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
    ['with a limit that the broker does not know', '', { maxRecordBytes: 2 ** 31 }, 'INVALID_CONFIG'],
    ['under a name that is none', ' ?', {}, 'INVALID_TOPIC_EXCEPTION'],
  ])('%s is not made, which waiting does not mend', async (_, suffix, settings, kafkaType) => {
    const topic = `unmakeable-${randomUUID()}${suffix}`;
    await expect(open(settings).ensureTopic(topic, ONE)).rejects.toMatchObject({
      code: 'invalid-setting',
      canRetry: false,
      facts: { topic, kafkaType },
    });
  });

  test('that is there is checked without the permission to make one', async () => {
    const topic = await make({}, `reader-${randomUUID()}`);
    const { READ, DESCRIBE_CONFIGS } = AclOperationTypes;
    await allow('reader', topic, AclResourceTypes.TOPIC, READ, DESCRIBE_CONFIGS);
    const log = as('reader');
    await log.ensureTopic(topic, ONE);
    const records = [];
    for await (const it of log.read({ topic, partition: 0, from: 0 })) records.push(it);
    expect(records).toEqual([]);
    // And one that is not there is not made by it.
    await expect(log.ensureTopic(`${topic}-other`, ONE)).rejects.toMatchObject({ code: 'invalid-setting' });
  });

  test('that a user may not write, or a group it may not join, is a wrong setting and not waited for', async () => {
    const topic = await make({}, `reader-${randomUUID()}`);
    const { READ, DESCRIBE_CONFIGS } = AclOperationTypes;
    await allow('reader', topic, AclResourceTypes.TOPIC, READ, DESCRIBE_CONFIGS);
    const log = as('reader');
    const refused = (kafkaType: string) => ({ code: 'invalid-setting', canRetry: false, facts: { topic, kafkaType } });
    // The broker gives no idempotent producer to whoever may write nothing at all.
    const append = log.append(topic, [{ key: 'a', value: null, headers: {} }]);
    await expect(append).rejects.toMatchObject(refused('CLUSTER_AUTHORIZATION_FAILED'));
    await allow('reader', `${topic}-other`, AclResourceTypes.TOPIC, AclOperationTypes.WRITE);
    const again = log.append(topic, [{ key: 'a', value: null, headers: {} }]);
    await expect(again).rejects.toMatchObject(refused('TOPIC_AUTHORIZATION_FAILED'));
    const subscribe = log.subscribe({ topic, group: topic, limits: LIMITS });
    await expect(subscribe).rejects.toMatchObject(refused('GROUP_AUTHORIZATION_FAILED'));
    await expect(log.committed(topic, topic)).rejects.toMatchObject(refused('GROUP_AUTHORIZATION_FAILED'));
    const reading = async () => {
      for await (const _ of as('writer').read({ topic, partition: 0, from: 0 }));
    };
    await expect(reading()).rejects.toMatchObject(refused('TOPIC_AUTHORIZATION_FAILED'));
  });

  test('is refused to a wrong password by every call, quickly', async () => {
    const topic = await make({});
    const log = as('writer', {}, 'wrong');
    const refused = { code: 'invalid-setting', canRetry: false };
    const started = performance.now();
    await expect(log.ensureTopic(topic, ONE)).rejects.toMatchObject(refused);
    await expect(log.append(topic, [{ key: 'a', value: null, headers: {} }])).rejects.toMatchObject(refused);
    await expect(log.subscribe({ topic, group: topic, limits: LIMITS })).rejects.toMatchObject(refused);
    await expect(log.watermarks(topic)).rejects.toMatchObject(refused);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('on a broker that cannot be reached is waited for', async () => {
    const log = open({ brokers: [`127.0.0.1:${await freePort()}`] });
    await expect(log.ensureTopic('any', ONE)).rejects.toMatchObject({ code: 'log-unavailable', canRetry: true });
  });
});
