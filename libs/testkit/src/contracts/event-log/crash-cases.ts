import type { LogUnderTest } from './log-under-test.js';
import { numbered, takeBatches, text } from './records.js';

export function crashCases(log: () => LogUnderTest): void {
  test('every acknowledged record is there, and writing goes on behind it', async () => {
    await log().ensureTopic();
    const before = await log().append(numbered('a', 0, 30));
    await log().reopen();
    await log().ensureTopic();
    const after = await log().append(numbered('a', 30, 40));
    expect(Math.min(...after.map((it) => it.offset))).toBeGreaterThan(Math.max(...before.map((it) => it.offset)));
    expect((await log().readAll()).map(text)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
  });

  test('what was not committed is delivered again, in order, and what was committed is not', async () => {
    await log().ensureTopic({ partitions: 1 });
    const [first] = await log().append(numbered('a', 0, 10));
    const subscription = await log().subscribe();
    await takeBatches(subscription, 10);
    await subscription.commit(new Map([[0, (first?.offset ?? 0) + 4]]));
    await log().reopen();
    const again = await log().reader();
    await again.until(6);
    expect(again.records.map(text)).toEqual(['4', '5', '6', '7', '8', '9']);
    await again.stop();
  });
}
