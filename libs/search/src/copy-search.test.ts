import { LookalikeError } from '#core';
import { ENCODER, GREY_COPY, generationOf, idOf, nearestFirst, readyImage, shaOf } from '../test/nearest-first.js';
import { CopySearch } from './copy-search.js';
import { Matcher, shippedModel } from './match/index.js';
import { type SearchQuery, searchBy } from './search-query.js';
import { NO_ALIGNMENT } from './second-look/index.js';
import { StepTimes } from './step-times.js';

const IMAGES = 2_000;

describe('a search for copies', () => {
  const generation = generationOf({ fc: 4 });
  const stored = Array.from({ length: IMAGES }, (_, at) => readyImage(at));

  /** Among 2,000 images, nearest first, of which the first are copies; the very first is the picture itself. */
  const searchAmong = (copies: number, toldApartFrom: (sha256: string) => Promise<ReadonlySet<string>>) => {
    const { asked, index } = nearestFirst(stored, IMAGES, (at) => 0.5 - at / IMAGES / 10);
    let looked = 0;
    const matcher = new Matcher({
      index,
      looks: {
        // The nearest first; the picture itself is not looked at.
        look: async ({ candidates }) => {
          looked += candidates.length;
          return candidates.map((_, at) => ({
            ...NO_ALIGNMENT,
            turn: 'flop' as const,
            score: at + 1 < copies ? 1 : 0,
          }));
        },
      },
      models: { modelOf: async () => shippedModel(ENCODER, 'fc') },
      precision: 0.99,
    });
    const search = new CopySearch(index as never, matcher, { toldApartFrom });
    const find = async (query: SearchQuery, times = new StepTimes(), turned: readonly unknown[] | null = [1]) => {
      const own = { fc: new Float32Array(4).fill(1) };
      const picture = { sha256: shaOf(0), perceptualHash: '0123456789abcdef', greyCopy: GREY_COPY };
      const seen = { vectors: own, picture, turned: async () => turned?.map(() => own) ?? null };
      const { copies: found, warnings } = await search.find(
        generation,
        query,
        seen,
        times,
        new AbortController().signal,
      );
      return { ids: found.map(({ hit }) => hit.imageId), warnings: warnings.map(({ code }) => code), times };
    };
    return { asked, find, looked: () => looked };
  };
  const nothing = async () => new Set<string>();
  const byPicture = (options: Partial<SearchQuery> = {}) =>
    searchBy({ by: 'picture', bytes: Buffer.from('a') }, { minMatch: 'same-picture', mode: 'fast', ...options });
  const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => idOf(from + at));

  test('leaves out what was told apart from the picture', async () => {
    const { find } = searchAmong(4, async (it) => new Set(it === shaOf(0) ? [shaOf(2)] : []));
    expect(await find(byPicture())).toMatchObject({ ids: [idOf(0), idOf(1), idOf(3)], warnings: [] });
  });

  test('asks what was told apart only where another picture was found', async () => {
    const notRead = async () => {
      throw new LookalikeError('overloaded', 'Duplicates are still being read.');
    };
    expect(await searchAmong(1, notRead).find(byPicture())).toMatchObject({ ids: [idOf(0)] });
    const identical = byPicture({ minMatch: 'identical' });
    expect(await searchAmong(2, notRead).find(identical)).toMatchObject({ ids: [idOf(0)] });
    await expect(searchAmong(2, notRead).find(byPicture())).rejects.toMatchObject({ code: 'overloaded' });
  });

  test.each([
    [49, 100, [50], 49, false],
    [80, 100, [50, 200], 80, false],
    [80, 50, [50], 50, true],
    [30, 10, [50], 10, true],
    [30, 30, [50], 30, false],
    [1_500, 100, [50, 200], 100, true],
  ])(
    'of %s copies, by a limit of %s, looks further where all that was found are copies',
    async (copies, limit, limits, found, mayBeMore) => {
      const warnings = mayBeMore ? ['more-copies'] : [];
      const { asked, find } = searchAmong(copies, nothing);
      expect(await find(byPicture({ limit }))).toMatchObject({ ids: ids(0, found), warnings });
      expect(asked.map(({ stages }) => stages[0].limit)).toEqual(limits);
    },
  );

  test('of an image looks at as many others as that of a picture', async () => {
    const { asked, find } = searchAmong(80, nothing);
    const query = searchBy({ by: 'image', imageId: idOf(0) }, { minMatch: 'same-picture', mode: 'fast', limit: 100 });
    expect(await find(query)).toMatchObject({ ids: ids(1, 80), warnings: [] });
    expect(asked.map(({ stages }) => stages[0].limit)).toEqual([51, 201]);
  });

  test('of an image whose picture is gone is about it as it lies, and says so', async () => {
    const { asked, find } = searchAmong(2, nothing);
    const query = searchBy({ by: 'image', imageId: idOf(0) }, { minMatch: 'same-picture', mode: 'balanced' });
    expect(await find(query, new StepTimes(), null)).toMatchObject({ ids: ids(1, 2), warnings: ['not-turned'] });
    expect(asked).toHaveLength(1);
  });

  test('of the same bytes neither turns the picture, so that nothing can be missing, nor takes a second look', async () => {
    const { asked, find, looked } = searchAmong(2, nothing);
    const identical = byPicture({ minMatch: 'identical', mode: 'balanced' });
    expect(await find(identical, new StepTimes(), null)).toMatchObject({ ids: [idOf(0)], warnings: [] });
    expect(asked).toHaveLength(1);
    expect(looked()).toBe(0);
    await find(byPicture());
    expect(looked()).toBe(49);
  });

  test('says what was done, each step once', async () => {
    const { find } = searchAmong(80, nothing);
    const times = new StepTimes();
    await times.of('query', async () => {});
    await find(byPicture({ limit: 100, mode: 'balanced' }), times);
    expect(times.steps).toEqual([
      { name: 'query', tookMs: expect.any(Number) },
      {
        name: 'candidates',
        images: 200,
        stages: [{ vector: 'fc', limit: 200, exact: false }],
        tookMs: expect.any(Number),
      },
      { name: 'match', tookMs: expect.any(Number) },
    ]);
  });
});
