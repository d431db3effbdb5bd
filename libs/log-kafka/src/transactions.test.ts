import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Producer, type Transaction } from 'kafkajs';
import type { EventLog, LogRecord, Subscription } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventually, nextBatch } from '#testkit';

jest.setTimeout(60_000);

describeWithKafka('a publisher that uses transactions', (kafka) => {
  let log: EventLog;
  let topic: string;
  const producers: Producer[] = [];

  beforeEach(async () => {
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, heartbeatIntervalMs: 200 });
    topic = `transactions-${randomUUID()}`;
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
  });
  afterEach(async () => {
    await log.close();
    for (const it of producers.splice(0)) await it.disconnect();
  });

  const begin = async (): Promise<Transaction> => {
    const client = new Kafka({ brokers: [...kafka().brokers], logLevel: logLevel.NOTHING });
    const producer = client.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true });
    producers.push(producer);
    await producer.connect();
    return producer.transaction();
  };
  const write = (to: Transaction, ...keys: string[]) =>
    to.send({ topic, messages: keys.map((key) => ({ key, value: key, partition: 0 })) });
  const append = (...keys: string[]) =>
    log.append(
      topic,
      keys.map((key) => ({ key, value: Buffer.from(key), headers: {} })),
    );
  const marks = async () => (await log.watermarks(topic))[0];
  const read = async (from = 0, to?: number): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    const range = to === undefined ? { topic, partition: 0, from } : { topic, partition: 0, from, to };
    for await (const it of log.read(range)) records.push(it);
    return records;
  };
  const subscribe = () =>
    log.subscribe({ topic, group: topic, limits: { maxRecords: 100, maxBytes: 10_000_000, maxWaitMs: 0 } });

  test('an open transaction ends what is readable: high lies before it, and a read ends at high', async () => {
    await append('a', 'b');
    const open = await begin();
    await write(open, 'c');
    await append('d');
    expect(await marks()).toEqual({ partition: 0, low: 0, high: 2 });
    expect(keysOf(await read())).toEqual(['a', 'b']);
    expect(keysOf(await read(0, 100))).toEqual(['a', 'b']);
    await open.commit();
    await eventually(async () => expect((await marks())?.high).toBe(5));
    expect(keysOf(await read())).toEqual(['a', 'b', 'c', 'd']);
  });

  test('aborted records are never seen, also where they fill more than a page of the range', async () => {
    await append('a');
    const [one, other] = [await begin(), await begin()];
    const large = Array.from({ length: 30 }, (_, i) => ({ key: `x-${i}`, value: Buffer.alloc(100_000), partition: 0 }));
    for (const half of [large.slice(0, 9), large.slice(9, 18), large.slice(18, 24), large.slice(24)]) {
      await one.send({ topic, messages: half });
      await write(other, 'y');
    }
    await append('b');
    await one.abort();
    await other.abort();
    await append('c');
    await eventually(async () => expect((await marks())?.high).toBe(39));
    expect(keysOf(await read())).toEqual(['a', 'b', 'c']);
    // From any offset: also where several aborted transactions have begun before.
    for (let from = 0; from < 39; from += 3) {
      const wanted = [0, 35, 38].filter((it) => it >= from).length;
      expect(await read(from)).toHaveLength(wanted);
    }
  });

  test('a group is handed what was committed, and when all of that is done nothing seems to be left', async () => {
    await append('a');
    const [committed, aborted] = [await begin(), await begin()];
    await write(committed, 'b', 'c');
    await write(aborted, 'x', 'y');
    const subscription = await subscribe();
    const taken = await take(subscription, 1);
    await subscription.commit(new Map([[0, 1]]));
    await aborted.abort();
    await committed.commit();
    taken.push(...(await take(subscription, 2)));
    expect(keysOf(taken)).toEqual(['a', 'b', 'c']);
    await subscription.commit(new Map([[0, (taken.at(-1)?.offset ?? 0) + 1]]));
    await eventually(async () => expect((await log.committed(topic, topic)).get(0)).toBe((await marks())?.high));

    const abortedLater = await begin();
    await write(abortedLater, 'z');
    await abortedLater.abort();
    await eventually(async () => {
      const high = (await marks())?.high;
      expect(high).toBe(9);
      expect((await log.committed(topic, topic)).get(0)).toBe(high);
    });
    await append('d');
    expect(keysOf(await take(subscription, 1))).toEqual(['d']);
    // What is being worked on is not passed over.
    expect((await log.committed(topic, topic)).get(0)).toBe(9);
    await subscription.close();
    const again = await subscribe();
    expect(keysOf(await take(again, 1))).toEqual(['d']);
    await again.close();
  });

  test('while a transaction is about to move a group, nobody is told where it stands, and no member begins', async () => {
    await append('a', 'b', 'c');
    const first = await subscribe();
    await take(first, 3);
    await first.commit(new Map([[0, 1]]));
    await first.close();
    const open = await begin();
    const partitions = [{ partition: 0, offset: '2' }];
    await open.sendOffsets({ consumerGroupId: topic, topics: [{ topic, partitions }] });
    const unstable = { code: 'log-unavailable', facts: { kafkaType: 'UNSTABLE_OFFSET_COMMIT' } };
    await expect(log.committed(topic, topic)).rejects.toMatchObject(unstable);
    const second = await subscribe();
    await expect(second.next()).rejects.toMatchObject(unstable);
    await open.commit();
    expect(keysOf(await take(second, 1))).toEqual(['c']);
    expect((await log.committed(topic, topic)).get(0)).toBe(2);
    await second.close();
  });

  test('a group that begins in the middle of aborted transactions is handed none of their records', async () => {
    await append('a');
    const [one, other] = [await begin(), await begin()];
    await write(one, 'x1');
    await write(other, 'y1');
    await append('b');
    await write(other, 'y2');
    await write(one, 'x2');
    await append('c');
    await one.abort();
    await other.abort();
    await append('d');
    const first = await subscribe();
    expect(keysOf(await take(first, 4))).toEqual(['a', 'b', 'c', 'd']);
    await first.commit(new Map([[0, 4]]));
    await first.close();
    const second = await subscribe();
    expect(keysOf(await take(second, 2))).toEqual(['c', 'd']);
    await second.close();
  });
});

function keysOf(records: readonly LogRecord[]): (string | null)[] {
  return records.map((it) => it.key);
}

async function take(subscription: Subscription, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) records.push(...(await nextBatch(subscription)));
  return records;
}
