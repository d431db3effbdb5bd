import { partitionOf } from '#core';
import { waitUntil } from '../../eventually.js';
import type { LogUnderTest } from './log-under-test.js';
import { numbered, record, text } from './records.js';

export function compactionCases(log: () => LogUnderTest): void {
  test('keeps the last record of each key where it was; readers see gaps', async () => {
    await log().ensureTopic({ partitions: 2, retention: 'compact' });
    const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
    const given = [0, 1, 2, 3, 4].flatMap((round) => keys.map((key) => record(key, `${key}@${round}`)));
    const written = await log().append(given);
    const positions = new Map(written.map((it, i) => [`${it.partition}/${it.offset}`, text(given[i])]));
    const high = (await log().watermarks()).map((it) => it.high);
    await log().compact();
    const left = await log().readAll();
    if (log().canCompact) expect(left).toHaveLength(10);
    for (const it of left) expect(positions.get(`${it.partition}/${it.offset}`)).toBe(text(it));
    const last = new Map(left.map((it) => [it.key, text(it)]));
    expect(last).toEqual(new Map(keys.map((key) => [key, `${key}@4`])));
    expect((await log().watermarks()).map((it) => it.high)).toEqual(high);

    const next = await log().append([record('key-0', 'new')]);
    expect(next[0]?.offset).toBe(high[partitionOf('key-0', 2)]);
    const group = await log().reader('compact');
    await waitUntil('a group reads across the gaps', () => group.records.some((it) => text(it) === 'new'));
    for (const key of keys.slice(1)) expect(group.records.map(text)).toContain(`${key}@4`);
    await group.stop();
  });

  test('a tombstone takes everything older of its key with it, and nothing of other keys', async () => {
    await log().ensureTopic({ partitions: 1, retention: 'compact' });
    await log().append([record('gone', 'old'), record('kept', 'stays')]);
    await log().append([{ key: 'gone', value: null, headers: {} }]);
    await log().compact();
    const left = await log().readAll();
    expect(left.filter((it) => it.key === 'kept').map(text)).toEqual(['stays']);
    if (log().canCompact) expect(left.some((it) => it.key === 'gone' && it.value !== null)).toBe(false);
    expect((await log().append([record('kept', 'newer')]))[0]?.offset).toBeGreaterThanOrEqual(3);
  });

  test('a topic for ever keeps every record', async () => {
    await log().ensureTopic({ partitions: 1 });
    await log().append(numbered('a', 0, 20));
    await log().compact();
    expect(await log().readAll()).toHaveLength(20);
  });
}
