import { setTimeout as sleep } from 'node:timers/promises';
import type { LogUnderTest } from './log-under-test.js';
import { record } from './records.js';

export function closingCases(log: () => LogUnderTest): void {
  test('ends waiting subscriptions and refuses every later call, also twice', async () => {
    await log().ensureTopic();
    const subscription = await log().subscribe();
    const waiting = subscription.next();
    await sleep(20);
    await log().close();
    expect(await waiting).toBeNull();
    await log().close();
    const closed = { code: 'log-closed' };
    await expect(log().append([record('a')])).rejects.toMatchObject(closed);
    await expect(log().ensureTopic()).rejects.toMatchObject(closed);
    await expect(log().checkTopic()).rejects.toMatchObject(closed);
    await expect(log().subscribe()).rejects.toMatchObject(closed);
    await expect(log().readPartition(0)).rejects.toMatchObject(closed);
    await expect(log().watermarks()).rejects.toMatchObject(closed);
    await expect(log().committed('group')).rejects.toMatchObject(closed);
    await expect(log().forget([])).rejects.toMatchObject(closed);
    await expect(log().topicId()).rejects.toMatchObject(closed);
    await expect(log().dropTopic('any')).rejects.toMatchObject(closed);
    await expect(log().forgetGroup()).rejects.toMatchObject(closed);
    await expect(subscription.commit(new Map([[0, 1]]))).rejects.toMatchObject(closed);
    await subscription.close();
  });

  test('ends a read that is under way', async () => {
    await log().ensureTopic({ partitions: 1 });
    const value = Buffer.alloc(20_000);
    for (let i = 0; i < 10; i++) {
      await log().append(Array.from({ length: 20 }, () => ({ key: 'a', value, headers: {} })));
    }
    const under = async () => {
      for await (const _ of log().read({ partition: 0, from: 0 })) await log().close();
    };
    await expect(under()).rejects.toMatchObject({ code: 'log-closed' });
  });
}
