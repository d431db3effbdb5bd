import type { SearchStage, VectorIndex } from '#core';
import { cosine } from '../../memory/memory-vector-index.js';
import { all, found, plain, searchFor } from './queries.js';
import { deleted, failed, idOf, ready, seededVector } from './vector-records.js';

export function searchCases(index: () => VectorIndex): void {
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

  test('compare all with a rescored vector where they are exact, and with filters', async () => {
    const records = Array.from({ length: 300 }, (_, at) =>
      ready(`i${at}`, 1, { seed: at, attributes: { colour: at % 3 === 0 } }),
    );
    await index().apply('one', [...records, failed('f', 1), deleted('d', 1)]);
    const query = seededVector(501, 8);
    const stage = { vector: 'fine', query, limit: 20, exact: true };
    const nearest = (among: typeof records) =>
      among
        .map((it) => ({ id: it.imageId, score: cosine(query, it.vectors.fine ?? query) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 20);
    for (const [filter, among] of [
      [undefined, records],
      [{ attribute: 'colour', equals: true }, records.filter(({ image }) => image.attributes.colour === true)],
    ] as const) {
      const { hits } = await index().search({ generation: 'one', stages: [stage], ...(filter && { filter }) });
      const wanted = nearest([...among]);
      expect(hits.map((it) => it.imageId)).toEqual(wanted.map((it) => it.id));
      for (const [at, hit] of hits.entries()) expect(hit.score).toBeCloseTo(wanted[at]?.score ?? 2, 5);
    }
  });

  test('order what few candidates a walk without oversampling has found by the next stage', async () => {
    const records = Array.from({ length: 2_000 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', records);
    await index().settle('one');
    const [query, fine] = [seededVector(70_000), seededVector(70_001, 8)];
    const walk = { vector: 'fc', query, limit: 200, oversampling: 1 };
    const [{ hits: candidates }, { hits }] = [
      await index().search({ generation: 'one', stages: [walk] }),
      await index().search({ generation: 'one', stages: [walk, { vector: 'fine', query: fine, limit: 10 }] }),
    ];
    const vectorOf = new Map(records.map(({ imageId, vectors }) => [imageId, vectors.fine]));
    const scores = candidates.map(({ imageId }) => cosine(fine, vectorOf.get(imageId) ?? fine)).sort((a, b) => b - a);
    expect(hits).toHaveLength(10);
    for (const [at, { imageId, score }] of hits.entries()) {
      expect(score).toBeCloseTo(cosine(fine, vectorOf.get(imageId) ?? fine), 5);
      expect(score).toBeGreaterThan((scores[at + 2] ?? -1) - 1e-6);
    }
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
    ['that walk over a rescored vector', 'invalid-vector', { vector: 'fine', query: seededVector(1, 8) }],
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
