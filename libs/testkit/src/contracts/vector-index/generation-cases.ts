import { setImmediate } from 'node:timers/promises';
import type { VectorIndex } from '#core';
import { all, plain, searchFor } from './queries.js';
import { deleted, idOf, ready, SCHEMA, seededVector } from './vector-records.js';

const OTHER = { ...SCHEMA, encoder: { ...SCHEMA.encoder, fingerprint: 'other' } };

export function generationCases(index: () => VectorIndex): void {
  test('are listed with their schemas, none live at first', async () => {
    await index().createGeneration('two', OTHER);
    const generations = [...(await index().generations())].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(plain(generations)).toEqual([
      { name: 'one', schema: SCHEMA, live: false },
      { name: 'two', schema: OTHER, live: false },
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

  test('have settings of their own, and are not made with one that is unknown or out of range', async () => {
    const settings = { 'hnsw-m': 24 };
    await index().createGeneration('two', { ...SCHEMA, settings });
    expect((await index().generations()).find((it) => it.name === 'two')?.schema.settings).toEqual(settings);
    for (const [setting, found] of [
      ['no-such-setting', 'no-such-setting'],
      ['hnsw-m', 1],
      ['hnsw-m', 16.5],
    ] as const) {
      const value = typeof found === 'number' ? found : 7;
      const made = index().createGeneration('three', { ...SCHEMA, settings: { ...settings, [setting]: value } });
      const facts = { setting, found, allowed: expect.any(String) };
      expect(() => index().checkSettings({ [setting]: value })).toThrow(expect.objectContaining({ facts }));
      await expect(made).rejects.toMatchObject({ code: 'invalid-setting', canRetry: false, facts });
    }
    expect((await index().generations()).map((it) => it.name).sort()).toEqual(['one', 'two']);
    await index().createGeneration('three', SCHEMA);
  });

  test('are not made with a projection that is not fitted yet, and keep which one was', async () => {
    const withDigest = (digest: string | null) => ({
      ...SCHEMA,
      vectors: [
        { name: 'fc', size: 16, role: 'rescored' as const, datatype: 'float32' as const },
        {
          name: 'fc-coarse',
          size: 4,
          role: 'searched' as const,
          datatype: 'float32' as const,
          projection: { of: 'fc', fittedFor: 'two', digest },
        },
      ],
    });
    await expect(index().createGeneration('two', withDigest(null))).rejects.toMatchObject({ code: 'invalid-request' });
    const schema = withDigest('ab'.repeat(32));
    await index().createGeneration('two', schema);
    expect(plain((await index().generations()).find((it) => it.name === 'two')?.schema)).toEqual(plain(schema));
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

  test('pass a check before one is live, and empty, small or with a graph', async () => {
    await index().check();
    await index().makeLive('one');
    await index().check();
    await index().apply('one', [ready('a', 1), deleted('b', 2)]);
    await index().check();
    const many = Array.from({ length: 1_200 }, (_, at) => ready(`i${at}`, 1, { seed: at }));
    await index().apply('one', many);
    await index().settle('one');
    await index().check();
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
