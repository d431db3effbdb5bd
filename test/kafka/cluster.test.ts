import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka } from 'kafkajs';
import { describeWithKafkaCluster, eventually } from '#testkit';
import { Ledger } from './ledger.js';
import { APPEND_TIMEOUT_MS, Members } from './members.js';

jest.setTimeout(150_000);

describeWithKafkaCluster(3, 'a cluster of three brokers', (kafka) => {
  const members = new Members(() => ({
    brokers: kafka().flatMap((it) => it.brokers),
    replicationFactor: 3,
    sessionTimeoutMs: 6_000,
  }));
  afterEach(() => members.close());

  test('makes topics with copies, and goes on without any one of them: nothing is lost or passed over', async () => {
    const log = members.open();
    const topic = `cluster-${randomUUID()}`;
    await eventually(() => log.ensureTopic(topic, { partitions: 6, retention: 'forever' }), 60_000);
    const admin = new Kafka({ brokers: kafka().flatMap((it) => it.brokers) }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    expect(topics[0]?.partitions.map((it) => it.replicas.length)).toEqual([3, 3, 3, 3, 3, 3]);
    await admin.disconnect();

    const ledger = new Ledger(log, topic);
    await members.join(ledger);
    await members.join(ledger);
    await ledger.append(100);
    await ledger.appendDuring(30, 50, async () => {
      for (const broker of kafka()) {
        await sleep(1_000);
        await broker.stop('SIGKILL');
        await sleep(5_000);
        await broker.startAgain();
        // Copies catch up before the next one goes.
        await sleep(4_000);
      }
    });
    await ledger.settle();
    ledger.expectLastOfEachKey();
  });

  test('with too few copies left to be safe confirms nothing, and says so in time', async () => {
    const log = members.open();
    const topic = `cluster-${randomUUID()}`;
    await eventually(() => log.ensureTopic(topic, { partitions: 1, retention: 'forever' }), 60_000);
    const record = { key: 'a', value: null, headers: {} };
    await log.append(topic, [record]);
    const [first, second] = kafka();
    await Promise.all([first?.stop('SIGKILL'), second?.stop('SIGKILL')]);
    const started = performance.now();
    await expect(log.append(topic, [record])).rejects.toMatchObject({ code: 'log-unavailable', canRetry: true });
    expect(performance.now() - started).toBeLessThan(2 * APPEND_TIMEOUT_MS);
    await Promise.all([first?.startAgain(), second?.startAgain()]);
    expect(await eventually(() => log.append(topic, [record]), 60_000)).toHaveLength(1);
  });
});
