import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithOwnKafka, eventually } from '#testkit';
import { Ledger } from './ledger.js';
import { Members } from './members.js';
import { SpawnedMember } from './spawned-member.js';

jest.setTimeout(150_000);

const PARTITIONS = 4;
const SESSION_MS = 3_000;

describeWithOwnKafka('consumers of a group', (kafka) => {
  const members = new Members(() => ({ brokers: kafka().brokers, sessionTimeoutMs: SESSION_MS }));
  const spawned: SpawnedMember[] = [];
  afterEach(async () => {
    for (const it of spawned.splice(0)) it.signal('SIGKILL');
    await members.close();
  });

  const begin = async (): Promise<Ledger> => {
    const ledger = new Ledger(members.open(), `supervised-${randomUUID()}`);
    await ledger.log.ensureTopic(ledger.topic, { partitions: PARTITIONS, retention: 'forever' });
    return ledger;
  };

  test('survive a broker that is killed under them: it is told, waited for, and nothing undone is committed', async () => {
    const ledger = await begin();
    const faults: string[] = [];
    const consumer = await members.join(ledger, faults);
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
    await members.join(ledger);
    await ledger.appendDuring(30, 60, async () => {
      for (let round = 0; round < 4; round++) {
        const other = await members.join(ledger);
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
    await members.join(ledger);
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
