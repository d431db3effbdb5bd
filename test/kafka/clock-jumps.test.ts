import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithJumpingClocks, describeWithKafka, eventually, JumpingClock } from '#testkit';
import { Ledger } from './ledger.js';
import { SpawnedMember } from './spawned-member.js';

jest.setTimeout(150_000);

const SESSION_MS = 3_000;
const DAY_MS = 86_400_000;

describeWithKafka('a member of a group', (kafka) => {
  describeWithJumpingClocks('whose clock is set back two days', () => {
    test('keeps its place though it has nothing to do, and shares it with who comes', async () => {
      const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
      const ledger = new Ledger(log, `clock-${randomUUID()}`);
      await log.ensureTopic(ledger.topic, { partitions: 4, retention: 'forever' });
      const clock = new JumpingClock();
      const members = [new SpawnedMember(kafka().brokers, ledger, SESSION_MS, clock.env)];
      try {
        await ledger.append(50);
        await eventually(() => expect(ledger.done.size).toBe(50), 30_000);
        clock.set(-2 * DAY_MS);
        await sleep(2 * SESSION_MS);
        await ledger.append(50);
        await eventually(async () => {
          const done = (await log.watermarks(ledger.topic)).map((it) => [it.partition, it.high] as const);
          expect(await log.committed(ledger.topic, ledger.topic)).toEqual(new Map(done));
        });
        members.push(new SpawnedMember(kafka().brokers, ledger, SESSION_MS));
        await eventually(async () => {
          await ledger.append(20);
          expect(members[1]?.doneCount).toBeGreaterThan(0);
        }, 30_000);
        await ledger.settle();
        expect(members.map((it) => it.faults)).toEqual([[], []]);
        expect(await Promise.all(members.map((it) => it.leave()))).toEqual([0, 0]);
      } finally {
        for (const it of members) it.signal('SIGKILL');
        clock.remove();
        await log.close();
      }
    });
  });
});
