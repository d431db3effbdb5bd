import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { BatchConsumer } from '#pipeline';
import { describeWithOwnKafka, eventually } from '#testkit';
import { Ledger } from './ledger.js';
import { SpawnedMember } from './spawned-member.js';

jest.setTimeout(150_000);

const PARTITIONS = 4;
const SESSION_MS = 3_000;

describeWithOwnKafka('consumers of a group', (kafka) => {
  const logs: EventLog[] = [];
  const consumers: BatchConsumer[] = [];
  const spawned: SpawnedMember[] = [];
  afterEach(async () => {
    for (const it of spawned.splice(0)) it.signal('SIGKILL');
    await Promise.all(consumers.splice(0).map((it) => it.stop(1_000)));
    await Promise.all(logs.splice(0).map((it) => it.close()));
  });

  const open = () => {
    const log = openKafkaLog({
      ...DEFAULT_KAFKA_SETTINGS,
      brokers: kafka().brokers,
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: 200,
      requestTimeoutMs: 3_000,
      appendTimeoutMs: 5_000,
    });
    logs.push(log);
    return log;
  };
  const begin = async (): Promise<Ledger> => {
    const ledger = new Ledger(open(), `supervised-${randomUUID()}`);
    await ledger.log.ensureTopic(ledger.topic, { partitions: PARTITIONS, retention: 'forever' });
    return ledger;
  };
  const join = async (ledger: Ledger, faults: string[] = []): Promise<BatchConsumer> => {
    const consumer = new BatchConsumer({
      log: open(),
      topic: ledger.topic,
      group: ledger.topic,
      limits: { maxRecords: 7, maxBytes: 1_000_000, maxWaitMs: 0 },
      batchesAhead: 3,
      retryDelayMs: { first: 20, max: 500 },
      handler: async (records) => async (isOwned) => {
        for (const it of records) {
          if (!isOwned(it)) continue;
          await sleep(ledger.done.size % 7 === 0 ? 3 : 0);
          // A move that came meanwhile waits until this is written.
          ledger.do(it);
        }
      },
      onFault: (fault) => {
        if (fault !== null) faults.push((fault.error as { code: string }).code);
      },
    });
    consumers.push(consumer);
    await consumer.start();
    return consumer;
  };

  test('survive a broker that is killed under them: it is told, waited for, and nothing undone is committed', async () => {
    const ledger = await begin();
    const faults: string[] = [];
    const consumer = await join(ledger, faults);
    await ledger.append(400);
    await eventually(() => expect(ledger.done.size).toBeGreaterThan(100), 30_000);
    await kafka().stop('SIGKILL');
    await eventually(() => expect(consumer.fault).toMatchObject({ error: { code: 'log-unavailable' } }), 60_000);
    await kafka().startAgain();
    await ledger.append(200);
    await ledger.settle();
    expect(consumer.fault).toBeNull();
    expect(new Set(faults)).toEqual(new Set(['log-unavailable']));
    ledger.expectLastOfEachKey();
  });

  test('that come and go under load lose nothing, and leave of each key what was written last', async () => {
    const ledger = await begin();
    await join(ledger);
    await ledger.appendDuring(30, 60, async () => {
      for (let round = 0; round < 4; round++) {
        const other = await join(ledger);
        await sleep(1_500);
        await other.stop(2_000);
        await sleep(500);
      }
    });
    await ledger.settle();
    ledger.expectLastOfEachKey();
  });

  test('that were frozen for longer than their session commit nothing when they wake, and join again', async () => {
    const ledger = await begin();
    const frozen = new SpawnedMember(kafka().brokers, ledger, SESSION_MS);
    spawned.push(frozen);
    await ledger.append(100);
    await eventually(() => expect(frozen.doneCount).toBeGreaterThanOrEqual(100), 30_000);
    frozen.signal('SIGSTOP');
    await ledger.append(100);
    await join(ledger);
    await eventually(() => expect(ledger.done.size).toBe(200), 30_000);
    const committedBefore = await ledger.log.committed(ledger.topic, ledger.topic);
    const doneBefore = frozen.doneCount;
    frozen.signal('SIGCONT');
    // It has its share of the partitions again.
    await eventually(async () => {
      await ledger.append(20);
      expect(frozen.doneCount - doneBefore).toBeGreaterThan(20);
    }, 60_000);
    await ledger.settle();
    for (const [partition, next] of await ledger.log.committed(ledger.topic, ledger.topic)) {
      expect(next).toBeGreaterThanOrEqual(committedBefore.get(partition) ?? 0);
    }
    expect(await frozen.leave()).toBe(0);
  });
});
