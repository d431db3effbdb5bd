import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogRecord, NewRecord } from '#core';
import { DEFAULT_KAFKA_SETTINGS, type KafkaSettings, openKafkaLog } from '#log-kafka';
import { describeWithOwnKafka, eventually, freePort, KafkaRelay } from '#testkit';

jest.setTimeout(90_000);

const ONE: { partitions: number; retention: 'forever' } = { partitions: 1, retention: 'forever' };

describe('an append that finds no broker', () => {
  test('fails when its time is up, also before its topic is known', async () => {
    const log = openKafkaLog({
      ...DEFAULT_KAFKA_SETTINGS,
      brokers: [`127.0.0.1:${await freePort()}`],
      appendTimeoutMs: 300,
    });
    const started = performance.now();
    await expect(log.append('somewhere', [record('a')])).rejects.toMatchObject(notInTime(300));
    expect(performance.now() - started).toBeLessThan(2_000);
    await log.close();
  });

  test('waits with others up to a limit of bytes, beyond which the log is overloaded at once', async () => {
    const log = openKafkaLog({
      ...DEFAULT_KAFKA_SETTINGS,
      brokers: [`127.0.0.1:${await freePort()}`],
      appendTimeoutMs: 500,
      maxQueuedBytes: 2_000,
    });
    // Alone, even one that is larger than the limit is taken.
    const large = log.append('somewhere', [record('a', 5_000)]);
    const answered: string[] = [];
    const told = (it: string) => () => void answered.push(it);
    large.catch(told('the first'));
    const refused = log.append('somewhere', [record('b', 10)]);
    refused.catch(told('the one beyond'));
    await expect(refused).rejects.toMatchObject({
      code: 'overloaded',
      canRetry: true,
      facts: { maxQueuedBytes: 2_000 },
    });
    expect(answered).toEqual(['the one beyond']);
    await expect(large).rejects.toMatchObject({ code: 'log-unavailable' });
    // What was given up makes room.
    const [one, other] = [log.append('somewhere', [record('c', 900)]), log.append('somewhere', [record('d', 900)])];
    await expect(log.append('somewhere', [record('e', 900)])).rejects.toMatchObject({ code: 'overloaded' });
    await expect(one).rejects.toMatchObject({ code: 'log-unavailable' });
    await expect(other).rejects.toMatchObject({ code: 'log-unavailable' });
    await log.close();
  });
});

describeWithOwnKafka('a broker that stops answering', (kafka) => {
  const open = (settings: Partial<KafkaSettings> = {}) =>
    openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers, ...settings });

  afterEach(() => kafka().resume());

  test('for longer than any request: every append is answered in time, and when it is back everything goes on by itself', async () => {
    const appendTimeoutMs = 5_000;
    const log = open({ appendTimeoutMs });
    const topic = `paused-${randomUUID()}`;
    await log.ensureTopic(topic, ONE);
    await log.append(topic, [record('before')]);
    kafka().pause();
    const pausedUntil = performance.now() + 25_000;
    const took: number[] = [];
    while (performance.now() < pausedUntil) {
      const started = performance.now();
      const append = log.append(topic, [record(`during-${took.length}`)]);
      await expect(append).rejects.toMatchObject({ code: 'log-unavailable', canRetry: true });
      took.push(performance.now() - started);
    }
    kafka().resume();
    const after = await eventually(() => log.append(topic, [record('after')]), 30_000);
    // Less than the 10 s that one request has, however slow the machine.
    expect(Math.max(...took)).toBeLessThan(1.8 * appendTimeoutMs);
    // What was given up may be there, in its order, and never behind what came after it.
    const keys = (await readAll(log, topic)).map((it) => it.key);
    expect(keys.filter((it) => !it?.startsWith('during'))).toEqual(['before', 'after']);
    expect(keys.at(-1)).toBe('after');
    expect(after).toHaveLength(1);
    await sleep(3_000);
    expect((await readAll(log, topic)).map((it) => it.key)).toEqual(keys);
    await log.close();
  });

  test('a topic that cannot be written holds up no other', async () => {
    const log = open({ appendTimeoutMs: 3_000 });
    const topic = `other-${randomUUID()}`;
    await log.ensureTopic(topic, ONE);
    const unknown = log.append(`unknown-${randomUUID()}`, [record('a')]);
    const known = log.append(topic, [record('a')]);
    await expect(unknown).rejects.toMatchObject({ code: 'topic-unknown' });
    expect(await known).toHaveLength(1);
    await log.close();
  });

  test('a read that is under way ends as soon as the log closes', async () => {
    const log = open();
    const topic = `closing-${randomUUID()}`;
    await log.ensureTopic(topic, ONE);
    const value = Buffer.alloc(500_000, 1);
    for (let i = 0; i < 6; i++) await log.append(topic, [{ key: 'a', value, headers: {} }]);
    const read = log.read({ topic, partition: 0, from: 0 })[Symbol.asyncIterator]();
    await read.next();
    kafka().pause();
    const rest = (async () => {
      while (!(await read.next()).done);
    })();
    const failed = expect(rest).rejects.toMatchObject({ code: 'log-closed' });
    await sleep(200);
    const started = performance.now();
    const order: string[] = [];
    const closed = log.close().then(() => order.push('closed'));
    await failed;
    order.push('the read ended');
    await closed;
    expect(order).toEqual(['the read ended', 'closed']);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('a record that was given up is never written behind one that came after it', async () => {
    const relay = await KafkaRelay.start(kafka().relayed);
    const log = open({ brokers: [`127.0.0.1:${kafka().relayed.at}`], appendTimeoutMs: 1_500 });
    const topic = `late-${randomUUID()}`;
    await log.ensureTopic(topic, ONE);
    await log.append(topic, [record('first')]);
    // Whatever the connections of now still send is held up on its way, and later ones are not.
    relay.hold();
    await expect(log.append(topic, [record('late')])).rejects.toMatchObject(notInTime(1_500));
    await log.append(topic, [record('newer')]);
    const heldBytes = relay.release();
    expect(heldBytes).toBeGreaterThan(0);
    await sleep(2_000);
    expect((await readAll(log, topic)).map((it) => it.key)).toEqual(['first', 'newer']);
    await log.append(topic, [record('last')]);
    expect((await readAll(log, topic)).map((it) => it.key)).toEqual(['first', 'newer', 'last']);
    await log.close();
    await relay.close();
  });
});

function notInTime(timeoutMs: number) {
  return { code: 'log-unavailable', canRetry: true, facts: { timeoutMs } };
}

function record(key: string, sizeBytes = 1): NewRecord {
  return { key, value: Buffer.alloc(sizeBytes, 'x'), headers: {} };
}

async function readAll(log: EventLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const it of log.read({ topic, partition: 0, from: 0 })) records.push(it);
  return records;
}
