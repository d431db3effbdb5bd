import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, SubscribeOptions, Subscription } from '#core';
import { DEFAULT_KAFKA_SETTINGS, type KafkaSettings, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventually } from '#testkit';
import { CODECS } from './compression-codecs.js';
import { PendingRecords } from './pending-records.js';

jest.setTimeout(120_000);

const SESSION_MS = 3_000;
const LIMITS = { maxRecords: 10, maxBytes: 1_000_000, maxWaitMs: 0 };

describeWithKafka('a member of a group that still writes', (kafka) => {
  const logs: EventLog[] = [];
  afterEach(() => Promise.all(logs.splice(0).map((it) => it.close())));

  const open = (settings: Partial<KafkaSettings> = {}) => {
    const group = { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 200 };
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, ...group, ...settings });
    logs.push(log);
    return log;
  };
  const begin = async () => {
    const [log, topic] = [open(), `member-${randomUUID()}`];
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    await log.append(topic, [{ key: 'first', value: null, headers: {} }]);
    return { log, topic, group: topic };
  };
  const keysOf = async (subscription: Subscription) => ((await subscription.next()) ?? []).map((it) => it.key);
  const join = (group: Pick<SubscribeOptions, 'topic' | 'group'>, more: Partial<SubscribeOptions> = {}) =>
    open().subscribe({ ...group, limits: LIMITS, ...more });

  test('keeps its partition for longer than a session, until it has written', async () => {
    const { topic, group } = await begin();
    const writing = pendingWork();
    const owner = await join({ topic, group }, { onRevoked: writing.begin });
    expect(await keysOf(owner)).toEqual(['first']);
    const waiting = owner.next();
    const other = await join({ topic, group });
    let isMoved = false;
    const moved = keysOf(other).finally(() => {
      isMoved = true;
    });
    await eventually(() => expect(writing.hasBegun()).toBe(true), 30_000);
    await sleep(3 * SESSION_MS);
    expect(isMoved).toBe(false);
    writing.end();
    // Either of them has it now.
    expect(await Promise.race([moved, waiting])).toHaveLength(1);
  });

  test('does not leave when it crashes before it has written', async () => {
    const { topic, group } = await begin();
    const writing = pendingWork();
    const owner = await join({ topic, group }, { onRevoked: writing.begin });
    expect(await keysOf(owner)).toEqual(['first']);
    const crashed = expect(owner.next()).rejects.toMatchObject({ code: 'log-damaged' });
    const broken = jest.replaceProperty(CODECS, 1, ['gzip', () => Promise.reject(new Error('broken'))]);
    try {
      await open({ compression: 'gzip' }).append(topic, [{ key: 'second', value: null, headers: {} }]);
      await eventually(() => expect(writing.hasBegun()).toBe(true), 30_000);
    } finally {
      broken.restore();
    }
    let isMoved = false;
    const other = await join({ topic, group });
    const moved = keysOf(other).finally(() => {
      isMoved = true;
    });
    await sleep(2 * SESSION_MS);
    expect(isMoved).toBe(false);
    writing.end();
    await crashed;
    expect(await moved).toEqual(['first', 'second']);
  });
});

describeWithKafka('a member of a group whose records nobody takes', (kafka) => {
  test('fetches ahead up to a limit, be they of one byte each', async () => {
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, compression: 'gzip' });
    const topic = `ahead-${randomUUID()}`;
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    const small = Array.from({ length: 10_000 }, () => ({ key: 'a', value: null, headers: {} }));
    for (let i = 0; i < 10; i++) await log.append(topic, small);
    let count = 0;
    const add = PendingRecords.prototype.add;
    const counted = jest.spyOn(PendingRecords.prototype, 'add').mockImplementation(function (this: PendingRecords, it) {
      count += it.length;
      add.call(this, it);
    });
    try {
      await log.subscribe({ topic, group: topic, limits: LIMITS });
      // 8 MiB in records of 512 bytes, and no less.
      await eventually(() => expect(count).toBeGreaterThan(16_384), 60_000);
      await sleep(2_000);
      expect(count).toBeLessThan(50_000);
    } finally {
      counted.mockRestore();
      await log.close();
    }
  });
});

/** Work that is under way from when it is asked to end, until it is told to. */
function pendingWork() {
  let hasBegun = false;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begin = () => {
    hasBegun = true;
    return ended;
  };
  return { begin, end: () => end(), hasBegun: () => hasBegun };
}
