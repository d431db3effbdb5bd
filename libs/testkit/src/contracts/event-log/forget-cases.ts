import type { LogUnderTest } from './log-under-test.js';
import { numbered, record, text } from './records.js';

export function forgetCases(log: () => LogUnderTest): void {
  test('takes records out for good, or says that they stay; the others stay where they are', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 4));
    const goneInMs = await log().forget([0, 2].map((offset) => ({ partition: 0, offset })));
    const left = goneInMs === 0 ? [1, 3] : [0, 1, 2, 3];
    expect((await log().readAll()).map((it) => it.offset)).toEqual(left);
    await log().forget([{ partition: 0, offset: 0 }]);

    await log().reopen();
    expect((await log().readAll()).map((it) => it.offset)).toEqual(left);
    expect(await log().watermarks()).toEqual([{ partition: 0, low: 0, high: 4 }]);
    const reader = await log().reader('across');
    const [next] = await log().append([record('a', 'next')]);
    expect(next?.offset).toBe(4);
    await reader.until(left.length + 1);
    expect(reader.records.map((it) => it.offset)).toEqual([...left, 4]);
    await reader.stop();
  });

  test('what is superseded in a compact topic goes too, by the time that it says', async () => {
    await log().ensureTopic({ partitions: 1, retention: 'compact' });
    await log().append([record('gone', 'old'), record('kept', 'stays'), { key: 'gone', value: null, headers: {} }]);
    const goneInMs = await log().forget([]);
    expect(goneInMs).not.toBeNull();
    const left = (await log().readAll()).map(text);
    expect(left).toContain('stays');
    if (goneInMs === 0) expect(left).not.toContain('old');
  });

  test('never the last record of a partition: its end would be forgotten with it', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append([record('a', 'last')]);
    for (const offset of [0, 7]) {
      await expect(log().forget([{ partition: 0, offset }])).rejects.toMatchObject({ code: 'invalid-request' });
    }
    expect((await log().readAll()).map(text)).toEqual(['last']);
  });
}
