import { setImmediate } from 'node:timers/promises';
import {
  FILTER_LIMITS,
  type Filter,
  type ReadRecordOptions,
  type SearchRequest,
  type SearchStage,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { cosine } from '../memory/memory-vector-index.js';
import { deleted, failed, idOf, ready, SCHEMA, seededVector } from './vector-records.js';

export interface VectorIndexUnderTest {
  readonly index: VectorIndex;
  /** Another index over what this one has stored, as after a crash: the first is not closed, only left. */
  reopen(): Promise<VectorIndex>;
  cleanup(): Promise<void>;
}

/** The promises of the VectorIndex port, as cases that every adapter and the in-memory model pass. */
export function vectorIndexContract(name: string, factory: () => Promise<VectorIndexUnderTest>): void {
  describe(`${name} keeps the promises of VectorIndex`, () => {
    let made: VectorIndexUnderTest;
    const index = () => made.index;
    beforeEach(async () => {
      made = await factory();
      await made.index.createGeneration('one', SCHEMA);
    });
    afterEach(() => made.cleanup());

    describe('guarded apply', () => guardCases(index));
    describe('records', () => recordCases(index));
    describe('searches', () => searchCases(index));
    describe('filters', () => filterCases(index));
    describe('generations', () => generationCases(index));
    describe('going on', () => endurance(index, () => made.reopen()));
  });
}

type Index = () => VectorIndex;

function guardCases(index: Index): void {
  const HISTORY = [ready('a', 1), ready('a', 2), failed('a', 3), deleted('a', 4), ready('a', 5)];

  test.each([[[0, 1, 2, 3, 4]], [[4, 3, 2, 1, 0]], [[2, 4, 0, 3, 1]], [[1, 1, 4, 4, 0]]])(
    'the greatest version wins in the order %j of calls',
    async (order) => {
      for (const at of order) await index().apply('one', HISTORY.slice(at, at + 1));
      await expectStored(index(), [ready('a', 5)]);
    },
  );

  test('the greatest version wins inside one call, in any order, and the others are stale', async () => {
    const records = [ready('a', 2), ready('b', 9), ready('a', 7), deleted('a', 5), ready('a', 7), failed('b', 3)];
    expect(await index().apply('one', records)).toEqual({ applied: 2, stale: 4 });
    await expectStored(index(), [ready('a', 7), ready('b', 9)]);
  });

  test('repeating a call changes nothing', async () => {
    const records = [ready('a', 1), failed('b', 2), deleted('c', 3)];
    expect(await index().apply('one', records)).toEqual({ applied: 3, stale: 0 });
    expect(await index().apply('one', records)).toEqual({ applied: 0, stale: 3 });
    await expectStored(index(), records);
  });

  test('an equal version does not replace what is there', async () => {
    await index().apply('one', [ready('a', 4)]);
    expect(await index().apply('one', [deleted('a', 4)])).toEqual({ applied: 0, stale: 1 });
    await expectStored(index(), [ready('a', 4)]);
  });

  test('a call half of which is there already does the other half', async () => {
    await index().apply('one', [ready('a', 1), ready('b', 2)]);
    const all = [ready('a', 1), ready('b', 2), ready('c', 3), deleted('d', 4)];
    expect(await index().apply('one', all)).toEqual({ applied: 2, stale: 2 });
    await expectStored(index(), all);
  });

  test('a late add does not bring back a deleted image', async () => {
    await index().apply('one', [ready('a', 3)]);
    await index().apply('one', [deleted('a', 5)]);
    await index().apply('one', [ready('a', 4)]);
    await expectStored(index(), [deleted('a', 5)]);
    for (const version of [3, 4]) expect(await found(index(), seededVector(version))).toEqual([]);
  });

  test('a newer add brings back a deleted image', async () => {
    await index().apply('one', [deleted('a', 5)]);
    await index().apply('one', [ready('a', 6)]);
    expect(await found(index(), seededVector(6))).toEqual(['a']);
  });

  test('an image goes from ready to failed and back', async () => {
    await index().apply('one', [ready('a', 1)]);
    await index().apply('one', [failed('a', 2)]);
    expect(await found(index(), seededVector(1))).toEqual([]);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 0, failed: 1, deleted: 0 });
    await index().apply('one', [ready('a', 3)]);
    expect(await found(index(), seededVector(3))).toEqual(['a']);
  });

  test('versions may be 0 and as great as a safe integer', async () => {
    await index().apply('one', [ready('a', 0)]);
    await index().apply('one', [ready('a', Number.MAX_SAFE_INTEGER - 1, { seed: 1 })]);
    const last = ready('a', Number.MAX_SAFE_INTEGER, { seed: 2 });
    expect(await index().apply('one', [last])).toEqual({ applied: 1, stale: 0 });
    expect(await index().apply('one', [ready('a', Number.MAX_SAFE_INTEGER - 1)])).toEqual({ applied: 0, stale: 1 });
    await expectStored(index(), [last]);
  });

  test('calls at the same time for the same images leave one record each, the newest', async () => {
    const calls = Array.from({ length: 12 }, (_, at) => [ready('a', at), ready('b', 11 - at), ready(`own-${at}`, 1)]);
    await Promise.all(calls.map((it) => index().apply('one', it)));
    const own = Array.from({ length: 12 }, (_, at) => ready(`own-${at}`, 1));
    await expectStored(index(), [ready('a', 11), ready('b', 11), ...own]);
  });

  test('an empty call is nothing', async () => {
    expect(await index().apply('one', [])).toEqual({ applied: 0, stale: 0 });
  });

  const good = ready('x', 2).vectors;
  const withNaN = seededVector(1);
  withNaN[3] = Number.NaN;
  test.each([
    ['of the wrong size', { ...good, fc: seededVector(1, 15) }],
    ['with NaN', { ...good, fc: withNaN }],
    ['of zeros', { ...good, fine: new Float32Array(8) }],
    ['too few', { fc: seededVector(1) }],
    ['too many', { ...good, other: seededVector(1) }],
  ])('vectors %s are refused, and nothing of the call is applied', async (_, vectors) => {
    const call = index().apply('one', [ready('a', 1), ready('bad', 2, { vectors })]);
    await expect(call).rejects.toMatchObject({ code: 'invalid-vector' });
    await expectStored(index(), []);
  });
}

function recordCases(index: Index): void {
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

function searchCases(index: Index): void {
  test('see what the last call applied', async () => {
    for (let version = 1; version <= 5; version++) {
      await index().apply('one', [ready('a', version), ready(`b${version}`, 1, { seed: 100 + version })]);
      const answer = await index().search(searchFor(seededVector(version), { limit: 1 }));
      expect(answer.generation).toBe('one');
      expect(answer.hits[0]).toMatchObject({ imageId: 'a', record: { version, width: 640 + version } });
      expect(answer.hits[0]?.score).toBeCloseTo(1, 5);
    }
  });

  test('find ready images only, and give the record without its vectors', async () => {
    const record = ready('a', 1, { attributes: { title: 't', other: ['x'] } });
    await index().apply('one', [record, failed('b', 1), deleted('c', 1)]);
    const { hits } = await index().search(searchFor(seededVector(9)));
    const { vectors: _, ...rest } = record;
    expect(plain(hits.map((it) => it.record))).toEqual(plain([rest]));
  });

  test.each([true, false])('score by the true cosine, also for queries of any length (exact: %s)', async (exact) => {
    const records = Array.from({ length: 200 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', records);
    for (const scale of [1, 0.001, 1000]) {
      const query = seededVector(777).map((it) => it * scale);
      const { hits } = await index().search(searchFor(query, { limit: 200, exact }));
      expect(hits).toHaveLength(200);
      for (const { imageId, score } of hits) {
        const fc = records.find((it) => it.imageId === imageId)?.vectors.fc ?? query;
        expect(Math.abs(score - cosine(query, fc))).toBeLessThan(1e-5);
      }
      const scores = hits.map((it) => it.score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  test('order equal scores by imageId', async () => {
    await index().apply(
      'one',
      ['c', 'a', 'd', 'B', 'b'].map((it) => ready(it, 1)),
    );
    const { hits } = await index().search(searchFor(seededVector(1)));
    expect(hits.map((it) => it.imageId)).toEqual(['B', 'a', 'b', 'c', 'd']);
  });

  test('give at most the limit, and all there are below it', async () => {
    await index().apply(
      'one',
      Array.from({ length: 20 }, (_, at) => ready(`i${at}`, 1, { seed: at })),
    );
    for (const limit of [1, 7, 20, 10_000]) {
      const { hits } = await index().search(searchFor(seededVector(1), { limit }));
      expect(hits).toHaveLength(Math.min(limit, 20));
    }
  });

  test.each([{}, { ef: 300 }, { oversampling: 1 }, { oversampling: 3, ef: 200 }])(
    'over a settled graph find what the exact ones find, with %j',
    async (options) => {
      const records = Array.from({ length: 2_000 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
      await index().apply('one', records);
      await index().settle('one');
      await index().apply('one', [deleted('i5', 2), failed('i6', 2), ready('i7', 2, { seed: 7_000 })]);
      let same = 0;
      for (let at = 0; at < 20; at++) {
        const query = seededVector(50_000 + at);
        const exact = await found(index(), query, { limit: 10, exact: true });
        const walked = await found(index(), query, { limit: 10, ...options });
        same += walked.filter((it) => exact.includes(it)).length;
        expect(walked).not.toContain('i5');
      }
      expect(same).toBeGreaterThanOrEqual(options.oversampling === 1 ? 170 : 190);
      expect(await found(index(), seededVector(7_000), { limit: 1 })).toEqual(['i7']);
    },
  );

  test('in two stages take candidates by one vector and order them by another', async () => {
    const records = Array.from({ length: 100 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', [...records, failed('f', 1), deleted('d', 1)]);
    const [query, fine] = [seededVector(500), seededVector(501, 8)];
    const first = { vector: 'fc', query, limit: 30, exact: true };
    const answer = await index().search({
      generation: 'one',
      stages: [first, { vector: 'fine', query: fine, limit: 5 }],
    });
    const candidates = new Set(await found(index(), query, { limit: 30, exact: true }));
    const wanted = records
      .filter((it) => candidates.has(it.imageId))
      .map((it) => ({ id: it.imageId, score: cosine(fine, it.vectors.fine ?? fine) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 5);
    expect(answer.hits.map((it) => it.imageId)).toEqual(wanted.map((it) => it.id));
    for (const [at, hit] of answer.hits.entries()) expect(hit.score).toBeCloseTo(wanted[at]?.score ?? 2, 5);
  });

  test('may use one vector twice, and three stages', async () => {
    await index().apply(
      'one',
      Array.from({ length: 50 }, (_, at) => ready(`i${at}`, 1, { seed: at })),
    );
    const stage = (vector: string, limit: number) => ({
      vector,
      limit,
      query: seededVector(3, vector === 'fc' ? 16 : 8),
    });
    const stages = [stage('fc', 40), stage('fine', 20), stage('fc', 1)] as const;
    const { hits } = await index().search({ generation: 'one', stages });
    expect(hits).toHaveLength(1);
  });

  const nan = seededVector(1).fill(Number.NaN);
  test.each<[string, string, Partial<SearchStage>]>([
    ['of the wrong size', 'invalid-vector', { query: seededVector(1, 17) }],
    ['with NaN', 'invalid-vector', { query: nan }],
    ['of zeros', 'invalid-vector', { query: new Float32Array(16) }],
    ['of an unknown vector', 'invalid-vector', { vector: 'nothing' }],
    ['that begin with a rescored vector', 'invalid-vector', { vector: 'fine', query: seededVector(1, 8) }],
    ['for nothing', 'invalid-request', { limit: 0 }],
    ['for too many', 'invalid-request', { limit: 10_001 }],
    ['narrower than their limit', 'invalid-request', { limit: 10, ef: 9 }],
  ])('%s are refused with %s', async (_, code, stage) => {
    await expect(index().search(searchFor(seededVector(1), stage))).rejects.toMatchObject({ code });
  });

  test('before a generation is live say so, and so do reads', async () => {
    const refused = { code: 'no-live-generation', canRetry: true };
    const { stages } = searchFor(seededVector(1));
    await expect(index().search({ stages })).rejects.toMatchObject(refused);
    await expect(index().count()).rejects.toMatchObject(refused);
    await expect(index().fetch([idOf('a')])).rejects.toMatchObject(refused);
    await expect(all(index(), {})).rejects.toMatchObject(refused);
  });
}

function filterCases(index: Index): void {
  beforeEach(async () => {
    const rows = {
      r1: { title: 'Harbour at dawn', Title: 'other', 'shot.year': 1999, colour: true, tags: ['sea', 'boat'] },
      r2: { title: 'harbour', 'shot.year': 2005.5, colour: false, tags: ['sea,boat', ''] },
      r3: { title: 'Har%our', 'shot.year': -3, tags: [] },
      r4: { title: '', 'shot.year': 0, colour: true, tags: ['boathouse', '"', ',"x'] },
      r5: {},
      r6: { title: 7, 'shot.year': '1999', colour: 'true', tags: 'sea' },
    };
    const records = Object.entries(rows).map(([id, it], at) => ready(id, 1, { seed: at, attributes: it }));
    await index().apply('one', [...records, failed('f', 1, rows.r1)]);
  });

  test.each<[Filter, string]>([
    [{ attribute: 'title', equals: 'harbour' }, 'r2'],
    [{ attribute: 'title', equals: '' }, 'r4'],
    [{ attribute: 'Title', equals: 'other' }, 'r1'],
    [{ attribute: 'shot.year', equals: 2005.5 }, 'r2'],
    [{ attribute: 'shot.year', equals: -0 }, 'r4'],
    [{ attribute: 'colour', equals: true }, 'r1 r4'],
    [{ attribute: 'colour', equals: false }, 'r2'],
    [{ attribute: 'tags', equals: 'sea' }, 'r1'],
    [{ attribute: 'tags', equals: '' }, 'r2'],
    [{ attribute: 'title', in: ['harbour', 'Har%our', 'nothing'] }, 'r2 r3'],
    [{ attribute: 'shot.year', in: [0, 1999] }, 'r1 r4'],
    [{ attribute: 'tags', in: ['boat', 'sea,boat'] }, 'r1 r2'],
    [{ attribute: 'title', in: [] }, ''],
    [{ attribute: 'shot.year', range: { gte: 0, lt: 1999 } }, 'r4'],
    [{ attribute: 'shot.year', range: { gt: 0, lte: 1999 } }, 'r1'],
    [{ attribute: 'shot.year', range: { lt: 1e-7 } }, 'r3 r4'],
    [{ attribute: 'shot.year', range: { gt: -1e21, lt: 1e300 } }, 'r1 r2 r3 r4'],
    [{ attribute: 'title', prefix: 'Har' }, 'r1 r3'],
    [{ attribute: 'title', prefix: 'Har%' }, 'r3'],
    [{ attribute: 'title', prefix: 'Har_' }, ''],
    [{ attribute: 'title', prefix: '' }, 'r1 r2 r3 r4'],
    [{ attribute: 'tags', prefix: 'boat' }, 'r1 r4'],
    [{ attribute: 'tags', prefix: ',' }, 'r4'],
    [{ attribute: 'tags', prefix: '"' }, 'r4'],
    [{ attribute: 'tags', prefix: '' }, 'r1 r2 r4'],
    [{ attribute: 'title', exists: true }, 'r1 r2 r3 r4'],
    [{ attribute: 'tags', exists: true }, 'r1 r2 r3 r4'],
    [{ attribute: 'colour', exists: false }, 'r3 r5 r6'],
    [{ not: { attribute: 'colour', equals: true } }, 'r2 r3 r5 r6'],
    [{ not: { attribute: 'shot.year', range: { gt: 0 } } }, 'r3 r4 r5 r6'],
    [{ not: { attribute: 'tags', in: ['sea', 'boathouse'] } }, 'r2 r3 r5 r6'],
    [{ not: { not: { attribute: 'title', prefix: 'Har' } } }, 'r1 r3'],
    [{ not: { attribute: 'title', exists: true } }, 'r5 r6'],
    [
      {
        all: [
          { attribute: 'title', prefix: 'Har' },
          { attribute: 'colour', equals: true },
        ],
      },
      'r1',
    ],
    [
      {
        any: [
          { attribute: 'title', equals: '' },
          { attribute: 'tags', equals: 'sea' },
        ],
      },
      'r1 r4',
    ],
    [{ all: [{ not: { attribute: 'colour', exists: true } }, { any: [{ attribute: 'title', exists: true }] }] }, 'r3'],
    [{ all: [] }, 'r1 r2 r3 r4 r5 r6'],
    [{ any: [] }, ''],
    [{ not: { any: [] } }, 'r1 r2 r3 r4 r5 r6'],
  ])('%j matches "%s"', async (filter, wanted) => {
    expect((await matching(index(), filter)).join(' ')).toBe(wanted);
  });

  test('hold in every stage', async () => {
    const stages = [
      { vector: 'fc', query: seededVector(1), limit: 10 },
      { vector: 'fine', query: seededVector(1, 8), limit: 10 },
    ] as const;
    const filter: Filter = { attribute: 'colour', equals: true };
    const { hits } = await index().search({ generation: 'one', stages, filter });
    expect(hits.map((it) => it.imageId as string).sort()).toEqual(['r1', 'r4']);
  });

  test('find few among many, also over a graph', async () => {
    const many = Array.from({ length: 1_500 }, (_, at) =>
      ready(`m${at}`, 1, { seed: at, attributes: { 'shot.year': at } }),
    );
    await index().apply('one', many);
    await index().settle('one');
    const filter: Filter = { attribute: 'shot.year', range: { gte: 700, lt: 710 } };
    expect(await matching(index(), filter)).toEqual(Array.from({ length: 10 }, (_, at) => `m${700 + at}`));
  });

  const nested = (depth: number): Filter =>
    depth === 1 ? { attribute: 'title', exists: true } : { not: { not: nested(depth - 2) } };
  const leaf: Filter = { attribute: 'title', equals: 'x' };
  const values = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`);
  test('are taken up to their limits', async () => {
    expect(await matching(index(), nested(FILTER_LIMITS.depth - 1))).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(await matching(index(), { any: Array(FILTER_LIMITS.conditions).fill(leaf) })).toEqual([]);
    expect(await matching(index(), { attribute: 'tags', in: values(FILTER_LIMITS.inValues) })).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an undeclared attribute', { attribute: 'unknown', equals: 'x' }],
    ['an attribute of every object', { attribute: 'constructor', exists: true }],
    ['a number for a string', { attribute: 'title', equals: 7 }],
    ['a string for a number', { attribute: 'shot.year', equals: '1999' }],
    ['a string for a boolean', { attribute: 'colour', equals: 'true' }],
    ['a list of booleans', { attribute: 'colour', in: [true] }],
    ['a mixed list', { attribute: 'title', in: ['a', 1] }],
    ['NaN', { attribute: 'shot.year', equals: Number.NaN }],
    ['an infinite bound', { attribute: 'shot.year', range: { lt: Number.POSITIVE_INFINITY } }],
    ['a range of strings', { attribute: 'title', range: { gt: 1 } }],
    ['a range without bounds', { attribute: 'shot.year', range: {} }],
    ['a prefix of a number', { attribute: 'shot.year', prefix: '19' }],
    ['half a character', { attribute: 'title', prefix: '\ud83d' }],
    ['no condition', { attribute: 'title' }],
    ['a wrong one deep inside', { all: [{ not: { any: [{ attribute: 'nope', exists: true }] } }] }],
    ['too much depth', nested(FILTER_LIMITS.depth + 1)],
    ['too many conditions', { any: Array(FILTER_LIMITS.conditions + 1).fill(leaf) }],
    ['too many values', { attribute: 'title', in: values(FILTER_LIMITS.inValues + 1) }],
  ])('with %s are refused', async (_, filter) => {
    await expect(matching(index(), filter as Filter)).rejects.toMatchObject({ code: 'invalid-filter' });
  });
}

function generationCases(index: Index): void {
  test('are listed with their schemas, none live at first', async () => {
    await index().createGeneration('two', { ...SCHEMA, fingerprint: 'other' });
    const generations = [...(await index().generations())].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(plain(generations)).toEqual([
      { name: 'one', schema: SCHEMA, live: false },
      { name: 'two', schema: { ...SCHEMA, fingerprint: 'other' }, live: false },
    ]);
    expect(await index().live()).toBeNull();
    await index().makeLive('two');
    expect(await index().live()).toMatchObject({ name: 'two', live: true });
  });

  test('are refused twice, and under bad names', async () => {
    await expect(index().createGeneration('one', SCHEMA)).rejects.toMatchObject({ code: 'generation-exists' });
    for (const name of ['', 'UPPER', '../up', 'a b', 'x'.repeat(65)]) {
      await expect(index().createGeneration(name, SCHEMA)).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });

  test('that do not exist are unknown to every call', async () => {
    const unknown = { code: 'generation-unknown' };
    const { stages } = searchFor(seededVector(1));
    await expect(index().apply('nope', [ready('a', 1)])).rejects.toMatchObject(unknown);
    await expect(index().search({ generation: 'nope', stages })).rejects.toMatchObject(unknown);
    await expect(index().fetch([], { generation: 'nope' })).rejects.toMatchObject(unknown);
    await expect(index().count({ generation: 'nope' })).rejects.toMatchObject(unknown);
    await expect(all(index(), { generation: 'nope' })).rejects.toMatchObject(unknown);
    await expect(index().makeLive('nope')).rejects.toMatchObject(unknown);
    await expect(index().dropGeneration('nope')).rejects.toMatchObject(unknown);
    await expect(index().settle('nope')).rejects.toMatchObject(unknown);
  });

  test('are dropped, unless live, and come back empty under the same name', async () => {
    await index().apply('one', [ready('a', 1)]);
    await index().makeLive('one');
    await expect(index().dropGeneration('one')).rejects.toMatchObject({ code: 'generation-live' });
    await index().createGeneration('two', SCHEMA);
    await index().makeLive('two');
    await index().dropGeneration('one');
    expect((await index().generations()).map((it) => it.name)).toEqual(['two']);
    await index().createGeneration('one', SCHEMA);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 0, failed: 0, deleted: 0 });
  });

  test('keep their records apart', async () => {
    await index().createGeneration('two', SCHEMA);
    await index().apply('one', [ready('a', 9)]);
    await index().apply('two', [ready('a', 3)]);
    expect((await index().fetch([idOf('a')], { generation: 'one' }))[0]?.version).toBe(9);
    expect((await index().fetch([idOf('a')], { generation: 'two' }))[0]?.version).toBe(3);
  });

  test('searches go on while another generation is made live', async () => {
    await index().createGeneration('two', SCHEMA);
    for (const [name, version] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await index().apply(
        name,
        Array.from({ length: 50 }, (_, at) => ready(`${name}-${at}`, version, { seed: at })),
      );
    }
    await index().makeLive('one');
    const { stages } = searchFor(seededVector(1), { limit: 50 });
    const answered = new Set<string>();
    let isOver = false;
    // None fails, and none mixes two generations.
    const searcher = async () => {
      for (let at = 0; at < 40; at++) {
        await setImmediate();
        const { generation, hits } = await index().search({ stages });
        answered.add(generation);
        expect(hits).toHaveLength(50);
        expect(hits.every((it) => it.imageId.startsWith(`${generation}-`))).toBe(true);
      }
    };
    const switcher = async () => {
      for (let at = 0; !isOver; at++) {
        await index().makeLive(at % 2 === 0 ? 'two' : 'one');
        await setImmediate();
      }
    };
    const searches = Promise.all([searcher(), searcher()]).finally(() => {
      isOver = true;
    });
    await Promise.all([searches, switcher()]);
    expect([...answered].sort()).toEqual(['one', 'two']);
    await index().makeLive('two');
    expect((await index().search({ stages })).generation).toBe('two');
  });
}

function endurance(index: Index, reopen: () => Promise<VectorIndex>): void {
  test('after a crash everything that was applied is there', async () => {
    const records = [ready('a', 4, { attributes: { title: 'kept' } }), failed('b', 2), deleted('c', 3)];
    await index().apply('one', records);
    await index().makeLive('one');
    const again = await reopen();
    expect(await again.live()).toMatchObject({ name: 'one', schema: SCHEMA, live: true });
    await expectStored(again, records);
    expect(await again.count()).toEqual({ ready: 1, failed: 1, deleted: 1 });
    expect(await again.apply('one', [...records, ready('c', 2)])).toEqual({ applied: 0, stale: 4 });
    expect(await again.apply('one', [ready('c', 4)])).toEqual({ applied: 1, stale: 0 });
    expect(await found(again, seededVector(4), { limit: 2 })).toEqual(['a', 'c']);
  });

  test('updates land after settling, again and again', async () => {
    const records = (version: number) =>
      Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, version, { seed: at }));
    for (const version of [10, 20, 30, 40]) {
      expect(await index().apply('one', records(version))).toEqual({ applied: 1_200, stale: 0 });
      await index().settle('one');
      expect(await index().apply('one', records(version).slice(0, 10))).toEqual({ applied: 0, stale: 10 });
      expect(await index().apply('one', [deleted('i3', version + 1)])).toEqual({ applied: 1, stale: 0 });
    }
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 1_199, failed: 0, deleted: 1 });
    expect((await all(index(), { generation: 'one' })).length).toBe(1_200);
  });

  test('searches go on while records are written and settled', async () => {
    const records = Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', records);
    let writing = true;
    let searches = 0;
    const search = async () => {
      for (; writing; searches++) {
        expect(await found(index(), seededVector(searches % 500), { limit: 5 })).toHaveLength(5);
        expect(await index().fetch([idOf('i1199')], { generation: 'one' })).toHaveLength(1);
      }
    };
    const write = async () => {
      for (let version = 2; version < 42; version++) {
        const from = version * 10;
        await index().apply(
          'one',
          records.slice(from, from + 10).map((it, at) => ready(it.imageId, version, { seed: from + at })),
        );
        if (version % 10 === 0) await index().settle('one');
      }
      writing = false;
    };
    await Promise.all([write().finally(() => (writing = false)), search(), search()]);
    expect(searches).toBeGreaterThan(10);
    expect(await index().count({ generation: 'one' })).toEqual({ ready: 1_200, failed: 0, deleted: 0 });
  });
}

function searchFor(query: Float32Array, stage: Partial<SearchStage> = {}): SearchRequest {
  return { generation: 'one', stages: [{ vector: 'fc', query, limit: 10, ...stage }] };
}

async function found(index: VectorIndex, query: Float32Array, stage: Partial<SearchStage> = {}): Promise<string[]> {
  const { hits } = await index.search(searchFor(query, stage));
  return hits.map((it) => it.imageId);
}

async function matching(index: VectorIndex, filter: Filter): Promise<string[]> {
  const { hits } = await index.search({ ...searchFor(seededVector(1), { limit: 100 }), filter });
  return hits.map((it) => it.imageId as string).sort();
}

async function all(index: VectorIndex, options: ReadRecordOptions): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const batch of index.scan(options)) records.push(...batch);
  return records;
}

async function expectStored(index: VectorIndex, wanted: readonly VectorRecord[]): Promise<void> {
  const options = { generation: 'one', withVectors: true };
  expect(plain(sorted(await all(index, options)))).toEqual(plain(sorted(wanted)));
  const fetched = await index.fetch(
    wanted.map((it) => it.imageId),
    options,
  );
  expect(plain(sorted(fetched))).toEqual(plain(sorted(wanted)));
}

function sorted<T extends { readonly imageId: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
}

/** Values of Jest's own realm: arrays made outside it are never equal to those made inside. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, it) => (ArrayBuffer.isView(it) ? Array.from(it as Float32Array) : it)));
}
