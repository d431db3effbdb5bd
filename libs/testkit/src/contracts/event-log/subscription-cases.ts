import { setTimeout as sleep } from 'node:timers/promises';
import { type LogUnderTest, ROOMY } from './log-under-test.js';
import { expectOffsetOrder, numbered, record, settlesWithin, takeBatches, text } from './records.js';

export function subscriptionCases(log: () => LogUnderTest): void {
  test('a new group starts at the beginning, each group for itself', async () => {
    await log().ensureTopic();
    await log().append(numbered('a', 0, 5));
    const one = await log().reader('one');
    await one.until(5);
    await one.commitAll();
    const two = await log().reader('two');
    await two.until(5);
    expect(two.records.map(text)).toEqual(['0', '1', '2', '3', '4']);
    expect(await log().committed('one')).toEqual(one.nextOffsets());
    expect(await log().committed('two')).toEqual(new Map());
    await one.stop();
    await two.stop();
  });

  test('next() waits for a record and wakes when one is appended', async () => {
    await log().ensureTopic();
    const subscription = await log().subscribe();
    const waiting = subscription.next();
    expect(await settlesWithin(waiting, 100)).toBe(false);
    await log().append([record('a', 'hello')]);
    expect((await waiting)?.map(text)).toEqual(['hello']);
    await subscription.close();
  });

  test('close() ends a waiting next() with null, and may be called twice', async () => {
    await log().ensureTopic();
    const subscription = await log().subscribe();
    const waiting = subscription.next();
    await sleep(20);
    await subscription.close();
    expect(await waiting).toBeNull();
    expect(await subscription.next()).toBeNull();
    await subscription.close();
  });

  test('a batch has at most maxRecords, in offset order within each partition', async () => {
    await log().ensureTopic();
    await log().append(Array.from({ length: 100 }, (_, i) => record(`key-${i}`)));
    const subscription = await log().subscribe({ ...ROOMY, maxRecords: 7 });
    const records = await takeBatches(subscription, 100, (batch) => expect(batch.length).toBeLessThanOrEqual(7));
    expectOffsetOrder(records);
    expect(new Set(records.map((it) => it.key)).size).toBe(100);
    await subscription.close();
  });

  test('a batch has at most maxBytes, and a record over that comes alone', async () => {
    await log().ensureTopic({ partitions: 1 });
    const sizes = [1000, 1000, 50_000, 1000, 9000, 9000, 100, 30_000];
    await log().append(sizes.map((size, i) => ({ key: `${i}`, value: Buffer.alloc(size), headers: {} })));
    const subscription = await log().subscribe({ ...ROOMY, maxBytes: 20_000 });
    const records = await takeBatches(subscription, sizes.length, (batch) => {
      const bytes = batch.reduce((sum, it) => sum + (it.value?.length ?? 0), 0);
      expect(batch.length === 1 || bytes <= 20_000).toBe(true);
    });
    expect(records.map((it) => it.value?.length)).toEqual(sizes);
    await subscription.close();
  });

  test('a batch that is not full waits maxWaitMs for more, and a full one does not wait', async () => {
    await log().ensureTopic({ partitions: 1 });
    const maxWaitMs = 3_000;
    const subscription = await log().subscribe({ maxRecords: 3, maxBytes: 10_000_000, maxWaitMs });
    await log().append([record('a', '0')]);
    const waiting = subscription.next();
    await sleep(50);
    await log().append([record('a', '1')]);
    const batch = await waiting;
    expect(batch?.map(text)).toEqual(['0', '1']);
    await log().append(numbered('a', 2, 5));
    const started = performance.now();
    expect((await subscription.next())?.map(text)).toEqual(['2', '3', '4']);
    expect(performance.now() - started).toBeLessThan(maxWaitMs);
    await subscription.close();
  });

  test('committed progress survives, going back is ignored', async () => {
    await log().ensureTopic({ partitions: 1 });
    const [first] = await log().append(numbered('a', 0, 10));
    const base = first?.offset ?? 0;
    const subscription = await log().subscribe();
    await takeBatches(subscription, 10);
    await subscription.commit(new Map([[0, base + 6]]));
    await subscription.commit(new Map([[0, base + 2]]));
    expect(await log().committed('group')).toEqual(new Map([[0, base + 6]]));
    await subscription.close();
    const again = await log().reader();
    await again.until(4);
    expect(again.records.map(text)).toEqual(['6', '7', '8', '9']);
    await again.stop();
  });

  test('leaving commits nothing', async () => {
    await log().ensureTopic();
    await log().append(numbered('a', 0, 3));
    const subscription = await log().subscribe();
    await takeBatches(subscription, 3);
    await subscription.close();
    expect(await log().committed('group')).toEqual(new Map());
  });
}
