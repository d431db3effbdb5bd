import { waitUntil } from '../../eventually.js';
import type { LogUnderTest } from './log-under-test.js';
import { numbered, record, spread, takeBatches, text } from './records.js';

const GONE = { code: 'topic-unknown' };

export function droppingCases(log: () => LogUnderTest): void {
  test('everybody is told that it is not there', async () => {
    await log().ensureTopic();
    await log().append(spread(0, 20));
    await log().dropTopic();
    await expect(log().checkTopic()).rejects.toMatchObject(GONE);
    await expect(log().append([record('a')])).rejects.toMatchObject(GONE);
    await expect(log().subscribe()).rejects.toMatchObject(GONE);
    await expect(log().readPartition(0)).rejects.toMatchObject(GONE);
    await expect(log().watermarks()).rejects.toMatchObject(GONE);
    await expect(log().topicId()).rejects.toMatchObject(GONE);
  });

  test.each(['forever', 'compact'] as const)(
    'made anew it is empty, and its groups begin at its start: %s',
    async (retention) => {
      await log().ensureTopic({ retention });
      await log().append([...spread(0, 20), ...spread(0, 20)]);
      const before = await log().reader();
      await before.until(retention === 'forever' ? 40 : 20);
      await before.commitAll();
      await before.stop();
      await log().dropTopic();
      await log().ensureTopic({ retention });
      expect((await log().watermarks()).map(({ low, high }) => high - low)).toEqual([0, 0, 0, 0]);
      expect(await log().readAll()).toEqual([]);
      await waitUntil('what was committed is forgotten', async () => (await log().committed('group')).size === 0);
      await log().append(spread(20, 30));
      const after = await log().reader();
      await after.until(10);
      expect(after.records.map((it) => it.key).sort()).toEqual(
        spread(20, 30)
          .map((it) => it.key)
          .sort(),
      );
      await after.stop();
    },
  );

  test('it can be made with other partitions, and for another time', async () => {
    await log().ensureTopic({ partitions: 4, retention: 'forever' });
    await log().append(spread(0, 20));
    await log().dropTopic();
    await log().ensureTopic({ partitions: 2, retention: 'compact' });
    expect(await log().watermarks()).toHaveLength(2);
    await log().append(spread(0, 20));
    expect(await log().readAll()).toHaveLength(20);
  });

  test('a subscription that waits ends, and so does one that has records to hand out', async () => {
    await log().ensureTopic();
    const waiting = (await log().subscribe()).next();
    const ended = expect(waiting).rejects.toMatchObject(GONE);
    await log().dropTopic();
    await ended;

    await log().ensureTopic();
    await log().append(numbered('a', 0, 10));
    const subscription = await log().subscribe({ maxRecords: 2, maxBytes: 1_000_000, maxWaitMs: 0 }, 'another');
    await takeBatches(subscription, 2);
    await log().dropTopic();
    const all = async () => {
      while ((await subscription.next()) !== null);
    };
    await expect(all()).rejects.toMatchObject(GONE);
    await expect(subscription.next()).rejects.toMatchObject(GONE);
    await subscription.close();
  });

  test('a read that is under way ends', async () => {
    await log().ensureTopic({ partitions: 1 });
    const value = Buffer.alloc(20_000);
    for (let i = 0; i < 10; i++) {
      await log().append(Array.from({ length: 20 }, () => ({ key: 'a', value, headers: {} })));
    }
    let count = 0;
    const reading = async () => {
      for await (const _ of log().read({ partition: 0, from: 0 })) {
        count += 1;
        if (count === 1) await log().dropTopic();
      }
    };
    await expect(reading()).rejects.toMatchObject(GONE);
    expect(count).toBeLessThan(200);
  });

  test('one that is not there is nothing to do, nor is one that was made since', async () => {
    await log().ensureTopic();
    const before = await log().topicId();
    expect(await log().topicId()).toBe(before);
    expect(before).toMatch(/^.{1,64}$/);
    await log().dropTopic();
    await log().dropTopic(before);
    await log().ensureTopic();
    await log().append(spread(0, 20));
    const now = await log().topicId();
    expect(now).not.toBe(before);
    await log().dropTopic(before);
    expect(await log().topicId()).toBe(now);
    expect(await log().readAll()).toHaveLength(20);
  });

  test('it stays dropped after a crash, and its id stays its own', async () => {
    await log().ensureTopic();
    await log().append(spread(0, 20));
    const before = await log().topicId();
    await log().dropTopic();
    await log().reopen();
    await expect(log().watermarks()).rejects.toMatchObject(GONE);
    await log().ensureTopic();
    expect(await log().topicId()).not.toBe(before);
    expect(await log().readAll()).toEqual([]);
    await log().append(spread(20, 30));
    await log().reopen();
    expect(await log().readAll()).toHaveLength(10);
  });

  test('a group that is forgotten begins at the start, and others stay where they are', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 5));
    // Groups of a log of many topics are told apart by name.
    const [one, other] = [`one-${log().topic}`, `other-${log().topic}`];
    for (const group of [one, other]) {
      const reader = await log().reader(group);
      await reader.until(5);
      await reader.commitAll();
      await reader.stop();
    }
    await log().forgetGroup(one);
    await log().forgetGroup(one);
    await log().forgetGroup('never');
    expect(await log().committed(one)).toEqual(new Map());
    expect((await log().committed(other)).size).toBe(1);
    await log().reopen();
    expect(await log().committed(one)).toEqual(new Map());
    const again = await log().reader(one);
    await again.until(5);
    expect(again.records.map(text)).toEqual(['0', '1', '2', '3', '4']);
    await again.commitAll();
    await again.stop();
    expect((await log().committed(one)).size).toBe(1);
  });

  test('a group is not forgotten while it has members', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 5));
    const group = `busy-${log().topic}`;
    const reader = await log().reader(group);
    await reader.until(5);
    await reader.commitAll();
    await expect(log().forgetGroup(group)).rejects.toMatchObject({ code: 'group-in-use', canRetry: true });
    expect((await log().committed(group)).size).toBe(1);
    await reader.stop();
    await log().forgetGroup(group);
    expect(await log().committed(group)).toEqual(new Map());
  });
}
