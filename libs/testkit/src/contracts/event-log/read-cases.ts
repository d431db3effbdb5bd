import { partitionOf } from '#core';
import type { LogUnderTest } from './log-under-test.js';
import { liveBytes, numbered, record, text } from './records.js';

export function readCases(log: () => LogUnderTest): void {
  test('from is included, to is not, and both may lie outside', async () => {
    await log().ensureTopic({ partitions: 1 });
    const [first] = await log().append(numbered('a', 0, 10));
    const base = first?.offset ?? 0;
    const values = async (from: number, to?: number) =>
      (await log().readPartition(0, base + from, to === undefined ? undefined : base + to)).map(text);
    expect(await values(3, 6)).toEqual(['3', '4', '5']);
    expect(await values(8)).toEqual(['8', '9']);
    expect(await values(8, 1000)).toEqual(['8', '9']);
    expect(await values(5, 5)).toEqual([]);
    expect(await values(10)).toEqual([]);
    expect((await log().readPartition(0, 0, base + 2)).map(text)).toEqual(['0', '1']);
  });

  test('it ends at the high watermark of its start while appends go on', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 5));
    const seen: string[] = [];
    for await (const it of log().read({ partition: 0, from: 0 })) {
      seen.push(text(it));
      if (seen.length <= 5) await log().append([record('a', 'later')]);
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4']);
  });

  test('a reader that stops early holds nothing up', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 500));
    for await (const it of log().read({ partition: 0, from: 0 })) {
      if (text(it) === '3') break;
    }
    await log().append([record('a', 'last')]);
    expect((await log().readPartition(0)).map(text).at(-1)).toBe('last');
  });

  test('watermarks span what can be read', async () => {
    await log().ensureTopic();
    const empty = await log().watermarks();
    expect(empty.map((it) => it.partition)).toEqual([0, 1, 2, 3]);
    expect(empty.every((it) => it.low === it.high)).toBe(true);
    await log().append(numbered('a', 0, 7));
    const partition = partitionOf('a', 4);
    for (const [i, it] of (await log().watermarks()).entries()) {
      const before = empty[i];
      expect(it).toEqual({ ...before, high: (before?.high ?? 0) + (i === partition ? 7 : 0) });
    }
  });

  test('a long range is read with bounded memory', async () => {
    await log().ensureTopic({ partitions: 1 });
    const value = Buffer.alloc(32_768, 1);
    for (let i = 0; i < 60; i++) {
      await log().append(Array.from({ length: 25 }, (_, j) => ({ key: `${i}-${j}`, value, headers: {} })));
    }
    const start = await liveBytes();
    let count = 0;
    let peak = 0;
    for await (const _ of log().read({ partition: 0, from: 0 })) {
      if (++count % 150 === 0) peak = Math.max(peak, (await liveBytes()) - start);
    }
    expect(count).toBe(1500);
    // All of it is 49 MB.
    expect(peak).toBeLessThan(16_000_000);
  });
}
