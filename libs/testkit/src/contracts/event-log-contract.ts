import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, type LogRecord, type NewRecord, partitionOf, type TopicConfig } from '#core';
import { eventually, LogReader } from './log-reader.js';

export interface EventLogFixture {
  readonly log: EventLog;
  /** Crashes the log, without a goodbye to anything it had handed out, and opens another on what it had stored. */
  reopen(): Promise<EventLog>;
  /** Closes whatever is open and removes what was stored. */
  cleanup(): Promise<void>;
  /** Resolves when a compact topic's superseded records are gone. Absent where that cannot be asked for. */
  compact?(topic: string): Promise<void>;
}

export interface EventLogSettings {
  readonly maxRecordBytes: number;
}

export type EventLogFactory = (settings: EventLogSettings) => Promise<EventLogFixture>;

const MAX_RECORD_BYTES = 100_000;
const ROOMY = { maxRecords: 1000, maxBytes: 10_000_000, maxWaitMs: 0 };
const FOREVER: TopicConfig = { partitions: 4, retention: 'forever' };

/** The promises of the EventLog port. Every adapter and the model in memory run these same cases. */
export function eventLogContract(name: string, factory: EventLogFactory): void {
  describe(`${name} keeps the promises of an event log:`, () => {
    let fixture: EventLogFixture;
    let log: EventLog;
    let topic: string;

    beforeEach(async () => {
      fixture = await factory({ maxRecordBytes: MAX_RECORD_BYTES });
      log = fixture.log;
      // A name of its own, so that adapters may share one server between cases.
      topic = `contract-${randomUUID()}`;
    });
    afterEach(() => fixture.cleanup());

    const withTopic = (config: Partial<TopicConfig> = {}) => log.ensureTopic(topic, { ...FOREVER, ...config });
    const subscribe = (limits = ROOMY, group = 'group') => log.subscribe({ topic, group, limits });
    const reader = (group = 'group') => LogReader.start(log, { topic, group, limits: ROOMY });

    describe('writing', () => {
      test('positions come in the order given, each in the partition of its key', async () => {
        await withTopic();
        const records = Array.from({ length: 50 }, (_, i) => record(`key-${i}`, `${i}`));
        const positions = await log.append(topic, records);
        expect(positions.map((it) => it.partition)).toEqual(records.map((it) => partitionOf(it.key, 4)));
        const byPosition = new Map((await readAll(log, topic)).map((it) => [`${it.partition}/${it.offset}`, it]));
        expect(positions.map((it) => text(byPosition.get(`${it.partition}/${it.offset}`)))).toEqual(
          records.map((_, i) => `${i}`),
        );
      });

      test('offsets of a partition grow one at a time', async () => {
        await withTopic({ partitions: 1 });
        const first = await log.append(topic, [record('a'), record('b'), record('c')]);
        const second = await log.append(topic, [record('d')]);
        const start = first[0]?.offset ?? 0;
        expect([...first, ...second].map((it) => it.offset - start)).toEqual([0, 1, 2, 3]);
      });

      test('records of one key keep their order', async () => {
        await withTopic();
        await log.append(topic, numbered('one', 0, 20));
        await log.append(topic, [...numbered('other', 0, 5), ...numbered('one', 20, 40)]);
        const mine = (await readAll(log, topic)).filter((it) => it.key === 'one');
        expect(mine.map(text)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
      });

      test('appends at the same time lose nothing, mix nothing up and keep the order of each caller', async () => {
        await withTopic();
        const appends = Array.from({ length: 60 }, (_, i) =>
          log.append(topic, numbered(`key-${i % 6}`, i * 10, i * 10 + 10)),
        );
        const positions = (await Promise.all(appends)).flat();
        expect(new Set(positions.map((it) => `${it.partition}/${it.offset}`)).size).toBe(600);
        const all = await readAll(log, topic);
        const byPosition = new Map(all.map((it) => [`${it.partition}/${it.offset}`, text(it)]));
        expect(positions.map((it) => byPosition.get(`${it.partition}/${it.offset}`))).toEqual(
          Array.from({ length: 600 }, (_, i) => `${i}`),
        );
        for (let i = 0; i < 60; i++) {
          const offsets = positions.slice(i * 10, i * 10 + 10).map((it) => it.offset);
          expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        }
      });

      test('keys, values, headers and empty values come back as they were given', async () => {
        await withTopic();
        const before = Date.now();
        const given: NewRecord[] = [
          { key: 'žluťoučký kůň 🐎', value: Buffer.from([0, 255, 128, 10]), headers: { ce_id: 'příliš', 'x-y': '' } },
          { key: 'empty', value: new Uint8Array(0), headers: {} },
          { key: 'nothing', value: null, headers: { a: '1' } },
          { key: 'a b/c?d=1', value: Buffer.from('{"a":"🐎"}'), headers: { 'content-type': 'application/json' } },
        ];
        await log.append(topic, given);
        const found = new Map((await readAll(log, topic)).map((it) => [it.key, it]));
        for (const { key, value, headers } of given) {
          const it = found.get(key);
          expect(it).toMatchObject({ topic, key, partition: partitionOf(key, 4) });
          expect(it?.headers).toEqual(headers);
          expect(it?.value === null ? null : [...(it?.value ?? [])]).toEqual(value === null ? null : [...value]);
          expect(it?.timestampMs).toBeGreaterThanOrEqual(before - 60_000);
          expect(it?.timestampMs).toBeLessThanOrEqual(Date.now() + 60_000);
        }
      });

      test('what the caller does to its bytes after the append changes nothing', async () => {
        await withTopic();
        const value = Buffer.from('before');
        await log.append(topic, [{ key: 'a', value, headers: {} }]);
        value.write('after!');
        expect((await readAll(log, topic)).map(text)).toEqual(['before']);
      });

      test('a batch with a record that is too large writes nothing', async () => {
        await withTopic();
        const tooLarge = { key: 'b', value: Buffer.alloc(MAX_RECORD_BYTES + 1), headers: {} };
        await expect(log.append(topic, [record('a'), tooLarge])).rejects.toMatchObject({ code: 'record-too-large' });
        const longKey = record('k'.repeat(1025));
        await expect(log.append(topic, [record('a'), longKey])).rejects.toMatchObject({ code: 'record-too-large' });
        expect(await readAll(log, topic)).toEqual([]);
        const nearly = { key: 'c', value: Buffer.alloc(MAX_RECORD_BYTES - 1000), headers: {} };
        await log.append(topic, [nearly]);
        expect(await readAll(log, topic)).toHaveLength(1);
      });

      test('an empty append is nothing', async () => {
        await withTopic();
        expect(await log.append(topic, [])).toEqual([]);
        expect(await readAll(log, topic)).toEqual([]);
      });
    });

    describe('topics', () => {
      test('asking twice for the same topic is fine, also at the same time', async () => {
        await Promise.all([withTopic(), withTopic()]);
        await withTopic();
        expect(await log.watermarks(topic)).toHaveLength(4);
      });

      test.each([{ partitions: 5 }, { retention: 'compact' as const }])(
        'a topic that is not as asked is a mismatch: %j',
        async (wanted) => {
          await withTopic();
          await expect(withTopic(wanted)).rejects.toMatchObject({
            code: 'topic-mismatch',
            facts: { found: FOREVER, wanted: { ...FOREVER, ...wanted } },
          });
        },
      );

      test('an unknown topic is refused by every call', async () => {
        const limits = ROOMY;
        const refused = { code: 'topic-unknown' };
        await expect(log.append(topic, [record('a')])).rejects.toMatchObject(refused);
        await expect(log.subscribe({ topic, group: 'g', limits })).rejects.toMatchObject(refused);
        await expect(readPartition(log, topic, 0)).rejects.toMatchObject(refused);
        await expect(log.watermarks(topic)).rejects.toMatchObject(refused);
      });
    });

    describe('reading a range', () => {
      test('from is included, to is not, and both may lie outside', async () => {
        await withTopic({ partitions: 1 });
        const [first] = await log.append(topic, numbered('a', 0, 10));
        const base = first?.offset ?? 0;
        const values = async (from: number, to?: number) =>
          (await readPartition(log, topic, 0, base + from, to === undefined ? undefined : base + to)).map(text);
        expect(await values(3, 6)).toEqual(['3', '4', '5']);
        expect(await values(8)).toEqual(['8', '9']);
        expect(await values(8, 1000)).toEqual(['8', '9']);
        expect(await values(5, 5)).toEqual([]);
        expect(await values(10)).toEqual([]);
        expect((await readPartition(log, topic, 0, 0, base + 2)).map(text)).toEqual(['0', '1']);
      });

      test('it ends at the high watermark of its start while appends go on', async () => {
        await withTopic({ partitions: 1 });
        await log.append(topic, numbered('a', 0, 5));
        const seen: string[] = [];
        for await (const it of log.read({ topic, partition: 0, from: 0 })) {
          seen.push(text(it));
          if (seen.length <= 5) await log.append(topic, [record('a', 'later')]);
        }
        expect(seen).toEqual(['0', '1', '2', '3', '4']);
      });

      test('a reader that stops early holds nothing up', async () => {
        await withTopic({ partitions: 1 });
        await log.append(topic, numbered('a', 0, 500));
        for await (const it of log.read({ topic, partition: 0, from: 0 })) {
          if (text(it) === '3') break;
        }
        await log.append(topic, [record('a', 'last')]);
        expect((await readPartition(log, topic, 0)).map(text).at(-1)).toBe('last');
      });

      test('watermarks span what can be read', async () => {
        await withTopic();
        const empty = await log.watermarks(topic);
        expect(empty.map((it) => it.partition)).toEqual([0, 1, 2, 3]);
        expect(empty.every((it) => it.low === it.high)).toBe(true);
        await log.append(topic, numbered('a', 0, 7));
        const partition = partitionOf('a', 4);
        for (const [i, it] of (await log.watermarks(topic)).entries()) {
          const before = empty[i];
          expect(it).toEqual({ ...before, high: (before?.high ?? 0) + (i === partition ? 7 : 0) });
        }
      });

      test('a long range is read with bounded memory', async () => {
        await withTopic({ partitions: 1 });
        const value = Buffer.alloc(32_768, 1);
        for (let i = 0; i < 60; i++) {
          await log.append(
            topic,
            Array.from({ length: 25 }, (_, j) => ({ key: `${i}-${j}`, value, headers: {} })),
          );
        }
        const start = await liveBytes();
        let count = 0;
        let peak = 0;
        for await (const _ of log.read({ topic, partition: 0, from: 0 })) {
          if (++count % 150 === 0) peak = Math.max(peak, (await liveBytes()) - start);
        }
        expect(count).toBe(1500);
        // All of it is 49 MB.
        expect(peak).toBeLessThan(16_000_000);
      });
    });

    describe('a subscription', () => {
      test('a new group starts at the beginning, each group for itself', async () => {
        await withTopic();
        await log.append(topic, numbered('a', 0, 5));
        const one = await reader('one');
        await one.until(5);
        await one.commitAll();
        const two = await reader('two');
        await two.until(5);
        expect(two.records.map(text)).toEqual(['0', '1', '2', '3', '4']);
        expect(await log.committed(topic, 'one')).toEqual(one.nextOffsets());
        expect(await log.committed(topic, 'two')).toEqual(new Map());
        await one.stop();
        await two.stop();
      });

      test('next() waits for a record and wakes when one is appended', async () => {
        await withTopic();
        const subscription = await subscribe();
        const waiting = subscription.next();
        expect(await settlesWithin(waiting, 100)).toBe(false);
        await log.append(topic, [record('a', 'hello')]);
        expect((await waiting)?.map(text)).toEqual(['hello']);
        await subscription.close();
      });

      test('close() ends a waiting next() with null, and may be called twice', async () => {
        await withTopic();
        const subscription = await subscribe();
        const waiting = subscription.next();
        await sleep(20);
        await subscription.close();
        expect(await waiting).toBeNull();
        expect(await subscription.next()).toBeNull();
        await subscription.close();
      });

      test('a batch has at most maxRecords, in offset order within each partition', async () => {
        await withTopic();
        await log.append(
          topic,
          Array.from({ length: 100 }, (_, i) => record(`key-${i}`)),
        );
        const subscription = await subscribe({ ...ROOMY, maxRecords: 7 });
        const records = await takeBatches(subscription, 100, (batch) => expect(batch.length).toBeLessThanOrEqual(7));
        expectOffsetOrder(records);
        expect(new Set(records.map((it) => it.key)).size).toBe(100);
        await subscription.close();
      });

      test('a batch has at most maxBytes, and a record over that comes alone', async () => {
        await withTopic({ partitions: 1 });
        const sizes = [1000, 1000, 50_000, 1000, 9000, 9000, 100, 30_000];
        await log.append(
          topic,
          sizes.map((size, i) => ({ key: `${i}`, value: Buffer.alloc(size), headers: {} })),
        );
        const subscription = await subscribe({ ...ROOMY, maxBytes: 20_000 });
        const records = await takeBatches(subscription, sizes.length, (batch) => {
          const bytes = batch.reduce((sum, it) => sum + (it.value?.length ?? 0), 0);
          expect(batch.length === 1 || bytes <= 20_000).toBe(true);
        });
        expect(records.map((it) => it.value?.length)).toEqual(sizes);
        await subscription.close();
      });

      test('a batch that is not full waits maxWaitMs for more, and a full one does not wait', async () => {
        await withTopic({ partitions: 1 });
        const subscription = await subscribe({ maxRecords: 3, maxBytes: 10_000_000, maxWaitMs: 1500 });
        await log.append(topic, [record('a', '0')]);
        const waiting = subscription.next();
        await sleep(50);
        await log.append(topic, [record('a', '1')]);
        const batch = await waiting;
        expect(batch?.map(text)).toEqual(['0', '1']);
        await log.append(topic, numbered('a', 2, 5));
        const started = performance.now();
        expect((await subscription.next())?.map(text)).toEqual(['2', '3', '4']);
        expect(performance.now() - started).toBeLessThan(1400);
        await subscription.close();
      });

      test('committed progress survives, going back is ignored', async () => {
        await withTopic({ partitions: 1 });
        const [first] = await log.append(topic, numbered('a', 0, 10));
        const base = first?.offset ?? 0;
        const subscription = await subscribe();
        await takeBatches(subscription, 10);
        await subscription.commit(new Map([[0, base + 6]]));
        await subscription.commit(new Map([[0, base + 2]]));
        expect(await log.committed(topic, 'group')).toEqual(new Map([[0, base + 6]]));
        await subscription.close();
        const again = await reader();
        await again.until(4);
        expect(again.records.map(text)).toEqual(['6', '7', '8', '9']);
        await again.stop();
      });

      test('leaving commits nothing', async () => {
        await withTopic();
        await log.append(topic, numbered('a', 0, 3));
        const subscription = await subscribe();
        await takeBatches(subscription, 3);
        await subscription.close();
        expect(await log.committed(topic, 'group')).toEqual(new Map());
      });
    });

    describe('after a crash', () => {
      test('every acknowledged record is there, and writing goes on behind it', async () => {
        await withTopic();
        const before = await log.append(topic, numbered('a', 0, 30));
        log = await fixture.reopen();
        await withTopic();
        const after = await log.append(topic, numbered('a', 30, 40));
        expect(Math.min(...after.map((it) => it.offset))).toBeGreaterThan(Math.max(...before.map((it) => it.offset)));
        expect((await readAll(log, topic)).map(text)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
      });

      test('what was not committed is delivered again, in order, and what was committed is not', async () => {
        await withTopic({ partitions: 1 });
        const [first] = await log.append(topic, numbered('a', 0, 10));
        const subscription = await subscribe();
        await takeBatches(subscription, 10);
        await subscription.commit(new Map([[0, (first?.offset ?? 0) + 4]]));
        log = await fixture.reopen();
        const again = await reader();
        await again.until(6);
        expect(again.records.map(text)).toEqual(['4', '5', '6', '7', '8', '9']);
        await again.stop();
      });
    });

    describe('two members of a group', () => {
      test('share the partitions, and nothing is lost while a member joins and leaves', async () => {
        await withTopic();
        const first = await reader();
        await log.append(topic, spread(0, 40));
        await first.until(40);
        await first.commitAll();
        const second = await reader();
        await eventually('a partition moves', () => first.revoked.length > 0);
        let sent = 40;
        await eventually('both members have records', async () => {
          await log.append(topic, spread(sent, sent + 20));
          sent += 20;
          await sleep(50);
          return second.records.length > 0 && first.records.length > 40;
        });
        const heldByFirst = new Set(first.records.slice(40).map((it) => it.partition));
        await eventually('everything arrives', () => distinct(first, second) === sent);
        expect(second.records.some((it) => !heldByFirst.has(it.partition))).toBe(true);
        await second.stop();
        await log.append(topic, spread(sent, sent + 40));
        await eventually('one member has it all', () => distinct(first, second) === sent + 40);
        expectOffsetOrder(second.records);
        await first.stop();
      });

      test('what one has not committed of a partition it loses is delivered to its next owner', async () => {
        await withTopic();
        await log.append(topic, spread(0, 40));
        const first = await reader();
        await first.until(40);
        const second = await reader();
        await eventually('a partition moves', () => first.revoked.length > 0);
        const moved = () => first.records.filter((it) => first.revoked.includes(it.partition));
        await eventually('its records come again', () =>
          moved().every((lost) => second.records.some((it) => samePosition(it, lost))),
        );
        expectOffsetOrder(second.records);
        await first.stop();
        await second.stop();
      });

      test('committing a lost partition fails, the others of the call are committed', async () => {
        await withTopic();
        await log.append(topic, spread(0, 40));
        const first = await reader();
        await first.until(40);
        const wanted = first.nextOffsets();
        const second = await reader();
        await eventually('a partition moves', () => first.revoked.length > 0);
        await eventually('the new owner reads', () => second.records.length > 0);
        await eventually('the rebalance has settled', async () => {
          const error = await first.subscription.commit(wanted).then(
            () => null,
            (it) => it,
          );
          expect(error === null || error.code === 'partition-lost').toBe(true);
          const committed = await log.committed(topic, 'group');
          return error !== null && committed.size === 4 - new Set(first.revoked).size;
        });
        const committed = await log.committed(topic, 'group');
        expect([...committed.keys()].filter((it) => first.revoked.includes(it))).toEqual([]);
        for (const [partition, offset] of committed) expect(offset).toBe(wanted.get(partition));
        await first.stop();
        await second.stop();
      });

      test('a member that has left cannot commit', async () => {
        await withTopic({ partitions: 1 });
        const [first] = await log.append(topic, numbered('a', 0, 3));
        const subscription = await subscribe();
        await takeBatches(subscription, 3);
        await subscription.close();
        await expect(subscription.commit(new Map([[0, (first?.offset ?? 0) + 3]]))).rejects.toMatchObject({
          code: 'partition-lost',
        });
        expect(await log.committed(topic, 'group')).toEqual(new Map());
      });
    });

    describe('a compact topic', () => {
      test('keeps the last record of each key where it was; readers see gaps', async () => {
        await withTopic({ partitions: 2, retention: 'compact' });
        const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
        const given = [0, 1, 2, 3, 4].flatMap((round) => keys.map((key) => record(key, `${key}@${round}`)));
        const written = await log.append(topic, given);
        const positions = new Map(written.map((it, i) => [`${it.partition}/${it.offset}`, text(given[i])]));
        const high = (await log.watermarks(topic)).map((it) => it.high);
        await fixture.compact?.(topic);
        const left = await readAll(log, topic);
        if (fixture.compact !== undefined) expect(left).toHaveLength(10);
        for (const it of left) expect(positions.get(`${it.partition}/${it.offset}`)).toBe(text(it));
        const last = new Map(left.map((it) => [it.key, text(it)]));
        expect(last).toEqual(new Map(keys.map((key) => [key, `${key}@4`])));
        expect((await log.watermarks(topic)).map((it) => it.high)).toEqual(high);

        const next = await log.append(topic, [record('key-0', 'new')]);
        expect(next[0]?.offset).toBe(high[partitionOf('key-0', 2)]);
        const group = await reader('compact');
        await eventually('a group reads across the gaps', () => group.records.some((it) => text(it) === 'new'));
        for (const key of keys.slice(1)) expect(group.records.map(text)).toContain(`${key}@4`);
        await group.stop();
      });

      test('a tombstone takes everything older of its key with it, and nothing of other keys', async () => {
        await withTopic({ partitions: 1, retention: 'compact' });
        await log.append(topic, [record('gone', 'old'), record('kept', 'stays')]);
        await log.append(topic, [{ key: 'gone', value: null, headers: {} }]);
        await fixture.compact?.(topic);
        const left = await readAll(log, topic);
        expect(left.filter((it) => it.key === 'kept').map(text)).toEqual(['stays']);
        if (fixture.compact !== undefined)
          expect(left.some((it) => it.key === 'gone' && it.value !== null)).toBe(false);
        expect((await log.append(topic, [record('kept', 'newer')]))[0]?.offset).toBeGreaterThanOrEqual(3);
      });

      test('a topic for ever keeps every record', async () => {
        await withTopic({ partitions: 1 });
        await log.append(topic, numbered('a', 0, 20));
        await fixture.compact?.(topic);
        expect(await readAll(log, topic)).toHaveLength(20);
      });
    });

    describe('closing', () => {
      test('ends waiting subscriptions and refuses every later call, also twice', async () => {
        await withTopic();
        const subscription = await subscribe();
        const waiting = subscription.next();
        await sleep(20);
        await log.close();
        expect(await waiting).toBeNull();
        await log.close();
        const closed = { code: 'log-closed' };
        await expect(log.append(topic, [record('a')])).rejects.toMatchObject(closed);
        await expect(withTopic()).rejects.toMatchObject(closed);
        await expect(subscribe()).rejects.toMatchObject(closed);
        await expect(readPartition(log, topic, 0)).rejects.toMatchObject(closed);
        await expect(log.watermarks(topic)).rejects.toMatchObject(closed);
        await expect(log.committed(topic, 'group')).rejects.toMatchObject(closed);
        await expect(subscription.commit(new Map([[0, 1]]))).rejects.toMatchObject(closed);
        await subscription.close();
      });

      test('ends a read that is under way', async () => {
        await withTopic({ partitions: 1 });
        const value = Buffer.alloc(20_000);
        for (let i = 0; i < 10; i++) {
          await log.append(
            topic,
            Array.from({ length: 20 }, () => ({ key: 'a', value, headers: {} })),
          );
        }
        const under = async () => {
          for await (const _ of log.read({ topic, partition: 0, from: 0 })) await log.close();
        };
        await expect(under()).rejects.toMatchObject({ code: 'log-closed' });
      });
    });
  });
}

function record(key: string, value = key): NewRecord {
  return { key, value: Buffer.from(value), headers: {} };
}

function numbered(key: string, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => record(key, `${from + i}`));
}

/** Records of many keys, so that every partition gets some. */
function spread(from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => record(`spread-${from + i}`));
}

function text(it: Pick<NewRecord, 'value'> | undefined): string {
  return Buffer.from(it?.value ?? []).toString();
}

function samePosition(a: LogRecord, b: LogRecord): boolean {
  return a.partition === b.partition && a.offset === b.offset;
}

function distinct(...readers: LogReader[]): number {
  return new Set(readers.flatMap(({ records }) => records.map((it) => `${it.partition}/${it.offset}`))).size;
}

async function readPartition(log: EventLog, topic: string, partition: number, from = 0, to?: number) {
  const records: LogRecord[] = [];
  const range = to === undefined ? { topic, partition, from } : { topic, partition, from, to };
  for await (const it of log.read(range)) records.push(it);
  expectOffsetOrder(records);
  return records;
}

async function readAll(log: EventLog, topic: string): Promise<LogRecord[]> {
  const partitions = await log.watermarks(topic);
  return (await Promise.all(partitions.map((it) => readPartition(log, topic, it.partition)))).flat();
}

async function takeBatches(
  subscription: { next(): Promise<readonly LogRecord[] | null> },
  count: number,
  check: (batch: readonly LogRecord[]) => void = () => {},
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) {
    const batch = await subscription.next();
    if (batch === null) throw new Error(`The subscription ended after ${records.length} of ${count} records`);
    expect(batch.length).toBeGreaterThan(0);
    check(batch);
    records.push(...batch);
  }
  return records;
}

/** Within each partition and each delivery: a repeated delivery starts again lower, a gap in between never. */
function expectOffsetOrder(records: readonly LogRecord[]): void {
  const last = new Map<number, number>();
  for (const { partition, offset } of records) {
    expect(offset).toBeGreaterThan(last.get(partition) ?? -1);
    last.set(partition, offset);
  }
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms).then(() => false)]);
}

/** What is still referenced, in bytes: garbage is collected first, however Node was started. */
async function liveBytes(): Promise<number> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
