import { type NewRecord, partitionOf } from '#core';
import { type LogUnderTest, MAX_RECORD_BYTES } from './log-under-test.js';
import { numbered, record, text } from './records.js';

export function appendCases(log: () => LogUnderTest): void {
  test('positions come in the order given, each in the partition of its key', async () => {
    await log().ensureTopic();
    const records = Array.from({ length: 50 }, (_, i) => record(`key-${i}`, `${i}`));
    const positions = await log().append(records);
    expect(positions.map((it) => it.partition)).toEqual(records.map((it) => partitionOf(it.key, 4)));
    const byPosition = new Map((await log().readAll()).map((it) => [`${it.partition}/${it.offset}`, it]));
    expect(positions.map((it) => text(byPosition.get(`${it.partition}/${it.offset}`)))).toEqual(
      records.map((_, i) => `${i}`),
    );
  });

  test('offsets of a partition grow one at a time', async () => {
    await log().ensureTopic({ partitions: 1 });
    const first = await log().append([record('a'), record('b'), record('c')]);
    const second = await log().append([record('d')]);
    const start = first[0]?.offset ?? 0;
    expect([...first, ...second].map((it) => it.offset - start)).toEqual([0, 1, 2, 3]);
  });

  test('records of one key keep their order', async () => {
    await log().ensureTopic();
    await log().append(numbered('one', 0, 20));
    await log().append([...numbered('other', 0, 5), ...numbered('one', 20, 40)]);
    const mine = (await log().readAll()).filter((it) => it.key === 'one');
    expect(mine.map(text)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
  });

  test('appends at the same time lose nothing, mix nothing up and keep the order of each caller', async () => {
    await log().ensureTopic();
    const appends = Array.from({ length: 60 }, (_, i) => log().append(numbered(`key-${i % 6}`, i * 10, i * 10 + 10)));
    const positions = (await Promise.all(appends)).flat();
    expect(new Set(positions.map((it) => `${it.partition}/${it.offset}`)).size).toBe(600);
    const all = await log().readAll();
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
    await log().ensureTopic();
    const before = Date.now();
    const given: NewRecord[] = [
      { key: 'žluťoučký kůň 🐎', value: Buffer.from([0, 255, 128, 10]), headers: { ce_id: 'příliš', 'x-y': '' } },
      { key: 'empty', value: new Uint8Array(0), headers: {} },
      { key: 'nothing', value: null, headers: { a: '1' } },
      { key: 'a b/c?d=1', value: Buffer.from('{"a":"🐎"}'), headers: { 'content-type': 'application/json' } },
    ];
    await log().append(given);
    const found = new Map((await log().readAll()).map((it) => [it.key, it]));
    for (const { key, value, headers } of given) {
      const it = found.get(key);
      expect(it).toMatchObject({ topic: log().topic, key, partition: partitionOf(key, 4) });
      expect(it?.headers).toEqual(headers);
      expect(it?.value === null ? null : [...(it?.value ?? [])]).toEqual(value === null ? null : [...value]);
      expect(it?.timestampMs).toBeGreaterThanOrEqual(before - 60_000);
      expect(it?.timestampMs).toBeLessThanOrEqual(Date.now() + 60_000);
    }
  });

  test('what the caller does to its bytes after the append changes nothing', async () => {
    await log().ensureTopic();
    const value = Buffer.from('before');
    await log().append([{ key: 'a', value, headers: {} }]);
    value.write('after!');
    expect((await log().readAll()).map(text)).toEqual(['before']);
  });

  test('a batch with a record that is too large writes nothing', async () => {
    await log().ensureTopic();
    const tooLarge = { key: 'b', value: Buffer.alloc(MAX_RECORD_BYTES + 1), headers: {} };
    await expect(log().append([record('a'), tooLarge])).rejects.toMatchObject({ code: 'record-too-large' });
    const longKey = record('k'.repeat(1025));
    await expect(log().append([record('a'), longKey])).rejects.toMatchObject({ code: 'record-too-large' });
    expect(await log().readAll()).toEqual([]);
    const nearly = { key: 'c', value: Buffer.alloc(MAX_RECORD_BYTES - 1000), headers: {} };
    await log().append([nearly]);
    expect(await log().readAll()).toHaveLength(1);
  });

  test('an empty append is nothing', async () => {
    await log().ensureTopic();
    expect(await log().append([])).toEqual([]);
    expect(await log().readAll()).toEqual([]);
  });
}
