import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, SubscribeOptions, Subscription } from '#core';
import { DEFAULT_KAFKA_SETTINGS, type KafkaSettings, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventually } from '#testkit';
import { CODECS } from './compression-codecs.js';

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
