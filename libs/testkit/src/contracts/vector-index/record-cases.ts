import type { VectorIndex } from '#core';
import { expectStored, matching, plain, sorted } from './queries.js';
import { deleted, failed, idOf, ready, SCHEMA, seededVector } from './vector-records.js';

export function recordCases(index: () => VectorIndex): void {
  const ODD = [
    `it's "quoted"`,
    `a\\b\\'c'; DROP TABLE one; --`,
    `%_*?`,
    'žluťoučký kůň 🐎 \u202e',
    `') OR 1=1 --`,
    `{"json": [1]}`,
    '`tick` $1',
    'Ä',
    'A\u0308',
    'x'.repeat(256),
    'null',
    ' ',
  ];

  test('come back exactly, whatever their state, declared attributes or not', async () => {
    const attributes = {
      title: `It's\n"a" \\ title \u0000\u0001 🐎`,
      Title: 'another',
      'shot.year': -0.1,
      colour: false,
      tags: ['', 'a,b', `o'clock`, '\u0001'],
      undeclared: ['x', 'y'],
      number: 1e-300,
      truth: true,
      empty: [],
      constructor: 'not a function',
    };
    const mistyped = { title: 7, 'shot.year': 'long ago', colour: ['no'], tags: 'one' };
    const records = [
      ready('a', 1, { attributes }),
      ready('b', 2, { attributes: mistyped }),
      failed('c', 3, attributes),
      deleted('d', 4),
    ];
    await index().apply('one', records);
    await expectStored(index(), records);
  });

  test('with odd ids and attribute values are found by them and by nothing else', async () => {
    const records = ODD.map((it, at) => ready(it, at, { attributes: { title: it, tags: [it, 'x'] } }));
    await index().apply('one', records);
    for (const text of ODD) {
      const [record] = await index().fetch([idOf(text)], { generation: 'one' });
      expect(record?.imageId).toBe(text);
      expect(await matching(index(), { attribute: 'title', equals: text })).toEqual([text]);
      expect(await matching(index(), { attribute: 'tags', equals: text })).toEqual([text]);
      expect(await matching(index(), { attribute: 'title', in: [text] })).toEqual([text]);
      expect(await matching(index(), { attribute: 'title', prefix: text })).toEqual([text]);
    }
  });

  test('are fetched by id, without repeats or unknown ones, with vectors only when asked', async () => {
    await index().apply('one', [ready('a', 1), failed('b', 2), deleted('c', 3)]);
    const ids = ['c', 'nobody', 'a', 'b', 'a'].map(idOf);
    const plain = await index().fetch(ids, { generation: 'one' });
    expect(sorted(plain).map((it) => [it.imageId, it.state])).toEqual([
      ['a', 'ready'],
      ['b', 'failed'],
      ['c', 'deleted'],
    ]);
    for (const record of plain) expect(record).not.toHaveProperty('vectors');
    expect(await index().fetch([], { generation: 'one' })).toEqual([]);
  });

  test('give their grey copies to whoever asks for them, in generations that keep them', async () => {
    const greyCopy = { width: 3, height: 2, pixels: Uint8Array.of(0, 1, 2, 253, 254, 255) };
    const records = [{ ...ready('a', 1), greyCopy }, failed('f', 1)];
    const { greyCopies: _, ...keepsNone } = SCHEMA;
    await index().createGeneration('without', keepsNone);
    for (const generation of ['one', 'without']) {
      await index().apply(generation, records);
      const ids = records.map((it) => it.imageId);
      const found = await index().fetch(ids, { generation, withGreyCopies: true });
      const [{ greyCopy: kept, vectors } = {}] = found.filter((it) => it.state === 'ready');
      expect([vectors, plain(kept ?? null)]).toEqual([undefined, generation === 'one' ? plain(greyCopy) : null]);
      for (const it of await index().fetch(ids, { generation, withVectors: true })) {
        expect(it).not.toHaveProperty('greyCopy');
      }
    }
    const stages = [{ vector: 'fc', query: seededVector(1), limit: 3 }] as const;
    const { hits } = await index().search({ generation: 'one', stages });
    expect(hits[0]?.record).not.toHaveProperty('greyCopy');
  });

  test('are fetched 1,000 at a time at most', async () => {
    const ids = Array.from({ length: 1_000 }, (_, at) => idOf(`i${at}`));
    await index().apply(
      'one',
      ids.slice(0, 600).map((it, at) => ready(it, at)),
    );
    expect(await index().fetch(ids, { generation: 'one', withVectors: true })).toHaveLength(600);
    const tooMany = index().fetch([...ids, idOf('one more')], { generation: 'one' });
    await expect(tooMany).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('are counted by state', async () => {
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 0, failed: 0, deleted: 0 });
    await index().apply('one', [ready('a', 1), ready('b', 1), failed('c', 1), deleted('d', 1), deleted('e', 1)]);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 2, failed: 1, deleted: 2 });
  });

  test('are scanned once each, in batches of bounded size, while others are written', async () => {
    const records = Array.from({ length: 300 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', records);
    const seen: string[] = [];
    let version = 2;
    for await (const batch of index().scan({ generation: 'one', withVectors: true, batchSize: 50 })) {
      expect(batch.length).toBeLessThanOrEqual(50);
      seen.push(...batch.map((it) => it.imageId));
      await index().apply('one', [ready('i7', version), deleted(`new-${version}`, 1), failed('i290', version++)]);
    }
    const known = seen.filter((it) => !it.startsWith('new-'));
    expect(known.sort()).toEqual(records.map((it) => it.imageId as string).sort());
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('of a large call are all there', async () => {
    const records = Array.from({ length: 5_000 }, (_, at) => ready(`i${at}`, at));
    expect(await index().apply('one', records)).toEqual({ applied: 5_000, stale: 0 });
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 5_000, failed: 0, deleted: 0 });
  });
}
