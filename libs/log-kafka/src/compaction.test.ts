import { randomUUID } from 'node:crypto';
import { type Admin, ConfigResourceTypes, Kafka } from 'kafkajs';
import type { EventLog, LogRecord } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventually, nextBatch } from '#testkit';

jest.setTimeout(90_000);

const KEYS = Array.from({ length: 10 }, (_, i) => `key-${i}`);

describeWithKafka('a compact topic on a broker that compacts it', (kafka) => {
  let log: EventLog;
  let admin: Admin;
  let topic: string;
  beforeEach(async () => {
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    admin = new Kafka({ brokers: [...kafka().brokers] }).admin();
    topic = `compaction-${randomUUID()}`;
    await admin.connect();
    await log.ensureTopic(topic, { partitions: 1, retention: 'compact' });
  });
  afterEach(async () => {
    await log.close();
    await admin.disconnect();
  });

  const hurry = (configs: Record<string, string> = {}) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries({
            'cleanup.policy': 'compact',
            'max.message.bytes': '2000000',
            'segment.ms': '100',
            'min.cleanable.dirty.ratio': '0.001',
            ...configs,
          }).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  const append = (key: string, value: string | null) =>
    log.append(topic, [{ key, value: value === null ? null : Buffer.from(value), headers: {} }]);
  /** The segment that is written to is not compacted; a record that comes when it is due begins another. */
  const roll = () => append('roll', 'x');
  const read = async (): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const it of log.read({ topic, partition: 0, from: 0 })) records.push(it);
    return records;
  };
  const others = (records: readonly LogRecord[]) => records.filter((it) => it.key !== 'roll');

  test('keeps the last record of each key where it was; ranges and groups read across the gaps', async () => {
    const last = new Map<string, number>();
    for (let round = 0; round < 5; round++) {
      const given = KEYS.map((key) => ({ key, value: Buffer.from(`${key}@${round}`), headers: {} }));
      const positions = await log.append(topic, given);
      for (const [i, it] of positions.entries()) last.set(KEYS[i] ?? '', it.offset);
    }
    await hurry();
    await eventually(async () => {
      await roll();
      expect(others(await read())).toHaveLength(10);
    }, 60_000);
    const left = others(await read());
    expect(new Map(left.map((it) => [it.key, it.offset]))).toEqual(last);
    expect(left.map((it) => String(it.value))).toEqual(KEYS.map((key) => `${key}@4`));

    const marks = (await log.watermarks(topic))[0];
    expect(marks?.low).toBe(0);
    const limits = { maxRecords: 1_000, maxBytes: 10_000_000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic, group: topic, limits });
    const taken: LogRecord[] = [];
    while ((taken.at(-1)?.offset ?? 0) + 1 < (marks?.high ?? 0)) taken.push(...(await nextBatch(subscription)));
    expect(new Map(others(taken).map((it) => [it.key, it.offset]))).toEqual(last);
    await subscription.commit(new Map([[0, marks?.high ?? 0]]));
    expect(await log.committed(topic, topic)).toEqual(new Map([[0, marks?.high]]));
    await subscription.close();
  });

  test('is read behind a batch that compaction has emptied, also where the next one is larger than a page', async () => {
    await append('k', 'old');
    // Compaction keeps the last batch of each producer, if need be without a record.
    await log.close();
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    const large = Array.from({ length: 64 }, (_, i) => ({
      key: `key-${i}`,
      value: Buffer.alloc(17_000, 1),
      headers: {},
    }));
    await log.append(topic, large);
    await append('k', 'new');
    await hurry();
    await eventually(async () => {
      await roll();
      expect((await read()).map((it) => it.offset)).not.toContain(0);
    }, 60_000);
    const keys = [...large.map((it) => it.key), 'k'];
    expect(others(await read()).map((it) => it.key)).toEqual(keys);

    const limits = { maxRecords: 1_000, maxBytes: 10_000_000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic, group: topic, limits });
    const taken: LogRecord[] = [];
    while (others(taken).length < keys.length) taken.push(...(await nextBatch(subscription)));
    expect(others(taken).map((it) => it.key)).toEqual(keys);
    await subscription.close();
  });

  test.each([
    ['goes itself when delete.retention.ms is over', '100', [['kept', false]]],
    [
      'stays for delete.retention.ms, to be met by readers that are behind',
      '604800000',
      [
        ['kept', false],
        ['gone', true],
      ],
    ],
  ])('a tombstone takes what is older of its key, and %s', async (_, retentionMs, wanted) => {
    await append('gone', 'old');
    await append('kept', 'stays');
    await append('gone', null);
    await hurry({ 'delete.retention.ms': retentionMs });
    await eventually(async () => {
      await roll();
      expect(others(await read()).map((it) => [it.key, it.value === null])).toEqual(wanted);
    }, 60_000);
  });
});
