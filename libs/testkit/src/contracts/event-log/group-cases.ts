import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../eventually.js';
import type { LogUnderTest } from './log-under-test.js';
import { distinct, expectOffsetOrder, numbered, samePosition, spread, takeBatches } from './records.js';

export function groupCases(log: () => LogUnderTest): void {
  test('share the partitions, and nothing is lost while a member joins and leaves', async () => {
    await log().ensureTopic();
    const first = await log().reader();
    await log().append(spread(0, 40));
    await first.until(40);
    await first.commitAll();
    const second = await log().reader();
    await waitUntil('a partition moves', () => first.revoked.length > 0);
    let sent = 40;
    await waitUntil('both members have records', async () => {
      await log().append(spread(sent, sent + 20));
      sent += 20;
      await sleep(50);
      return second.records.length > 0 && first.records.length > 40;
    });
    await waitUntil('everything arrives', () => distinct(first, second) === sent);
    // Now that both have read, partitions no longer move: what comes next of each goes to one of them.
    const [before, beforeSecond] = [first.records.length, second.records.length];
    await log().append(spread(sent, sent + 40));
    sent += 40;
    await waitUntil('that arrives too', () => distinct(first, second) === sent);
    const ofFirst = new Set(first.records.slice(before).map((it) => it.partition));
    const ofSecond = new Set(second.records.slice(beforeSecond).map((it) => it.partition));
    expect(ofFirst.size + ofSecond.size).toBe(4);
    expect([...ofSecond].filter((it) => ofFirst.has(it))).toEqual([]);
    await second.stop();
    await log().append(spread(sent, sent + 40));
    await waitUntil('one member has it all', () => distinct(first, second) === sent + 40);
    expectOffsetOrder(second.records);
    await first.stop();
  });

  test('what one has not committed of a partition it loses is delivered to its next owner', async () => {
    await log().ensureTopic();
    await log().append(spread(0, 40));
    const first = await log().reader();
    await first.until(40);
    const second = await log().reader();
    await waitUntil('a partition moves', () => first.revoked.length > 0);
    const lost = first.records.slice(0, 40).filter((it) => first.revoked.includes(it.partition));
    const again = () => [...first.records.slice(40), ...second.records];
    await waitUntil('its records come again', () => lost.every((one) => again().some((it) => samePosition(it, one))));
    expect(second.records.length).toBeGreaterThan(0);
    expectOffsetOrder(second.records);
    await first.stop();
    await second.stop();
  });

  test('a partition moves only when its owner has let go of it', async () => {
    await log().ensureTopic();
    await log().append(spread(0, 40));
    let letGo = () => {};
    const writing = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const first = await log().reader('group', () => writing);
    await first.until(40);
    const second = await log().reader();
    await waitUntil('a partition is asked back', () => first.revoked.length > 0);
    await sleep(100);
    expect(second.records).toEqual([]);
    letGo();
    await waitUntil('the new owner reads', () => second.records.length > 0);
    await first.stop();
    await second.stop();
  });

  test('committing a lost partition fails, the others of the call are committed', async () => {
    await log().ensureTopic();
    await log().append(spread(0, 40));
    const first = await log().reader();
    await first.until(40);
    const wanted = first.nextOffsets();
    const second = await log().reader();
    await waitUntil('a partition moves', () => first.revoked.length > 0);
    await waitUntil('the new owner reads', () => second.records.length > 0);
    const ofSecond = () => new Set(second.records.map((it) => it.partition));
    await waitUntil('the rebalance has settled', async () => {
      const error = await first.subscription.commit(wanted).then(
        () => null,
        (it) => it,
      );
      expect(error === null || error.code === 'partition-lost').toBe(true);
      const committed = await log().committed('group');
      return error !== null && committed.size === 4 - ofSecond().size;
    });
    const committed = await log().committed('group');
    expect([...committed.keys()].filter((it) => ofSecond().has(it))).toEqual([]);
    for (const [partition, offset] of committed) expect(offset).toBe(wanted.get(partition));
    await first.stop();
    await second.stop();
  });

  test('a member that has left cannot commit', async () => {
    await log().ensureTopic({ partitions: 1 });
    const [first] = await log().append(numbered('a', 0, 3));
    const subscription = await log().subscribe();
    await takeBatches(subscription, 3);
    await subscription.close();
    await expect(subscription.commit(new Map([[0, (first?.offset ?? 0) + 3]]))).rejects.toMatchObject({
      code: 'partition-lost',
    });
    expect(await log().committed('group')).toEqual(new Map());
  });
}
