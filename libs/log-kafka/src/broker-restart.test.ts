import { randomUUID } from 'node:crypto';
import type { LogRecord, Subscription } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithOwnKafka, eventually } from '#testkit';

jest.setTimeout(120_000);

/** The longest that one call may take that finds no broker. */
const CALL_LIMIT_MS = DEFAULT_KAFKA_SETTINGS.appendTimeoutMs;

describeWithOwnKafka('a broker that goes away', (kafka) => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s is waited for: calls say so within their limit, and everything goes on when it is back',
    async (signal) => {
      const settings = { ...DEFAULT_KAFKA_SETTINGS, heartbeatIntervalMs: 200, sessionTimeoutMs: 6_000 };
      const log = openKafkaLog({ ...settings, brokers: kafka().brokers, requestTimeoutMs: 3_000 });
      const topic = `restart-${randomUUID()}`;
      await log.ensureTopic(topic, { partitions: 4, retention: 'forever' });
      const limits = { maxRecords: 100, maxBytes: 1_000_000, maxWaitMs: 0 };
      const subscription = await log.subscribe({ topic, group: topic, limits });
      const records: LogRecord[] = [];
      const faults: string[] = [];
      let empty = 0;
      const reading = readOn(subscription, records, faults, () => {
        empty += 1;
      });

      await log.append(topic, numbered(0, 10));
      await eventually(() => expect(records).toHaveLength(10), 30_000);
      await subscription.commit(nextOf(records));

      await kafka().stop(signal);
      const startedAt = Date.now();
      await expect(log.append(topic, numbered(10, 11))).rejects.toMatchObject({
        code: 'log-unavailable',
        canRetry: true,
      });
      expect(Date.now() - startedAt).toBeLessThan(CALL_LIMIT_MS);
      await eventually(() => expect(faults).toContain('log-unavailable'), 60_000);

      await kafka().startAgain();
      // Told before there is a record.
      await eventually(() => expect(empty).toBeGreaterThan(0), 60_000);
      await eventually(() => log.append(topic, numbered(20, 30)), 30_000);
      await eventually(() => expect(keysOf(records)).toEqual(expect.arrayContaining(keysOf(numbered(20, 30)))), 60_000);
      await eventually(() => subscription.commit(nextOf(records)), 30_000);
      expect(await log.committed(topic, topic)).toEqual(nextOf(records));
      await subscription.close();
      await reading;
      await log.close();
    },
  );
});

async function readOn(
  subscription: Subscription,
  records: LogRecord[],
  faults: string[],
  onEmpty: () => void,
): Promise<void> {
  for (;;) {
    try {
      const batch = await subscription.next();
      if (batch === null) return;
      records.push(...batch);
      if (batch.length === 0) onEmpty();
    } catch (error) {
      faults.push((error as { code: string }).code);
    }
  }
}

function numbered(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => ({
    key: `key-${from + i}`,
    value: Buffer.from('x'),
    headers: {},
  }));
}

function keysOf(records: readonly { readonly key: string | null }[]): (string | null)[] {
  return records.map((it) => it.key);
}

function nextOf(records: readonly LogRecord[]): Map<number, number> {
  const next = new Map<number, number>();
  for (const { partition, offset } of records) next.set(partition, Math.max(offset + 1, next.get(partition) ?? 0));
  return next;
}
