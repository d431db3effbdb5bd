import type { Hit } from '#core';
import { seededRandom } from '#testkit';
import { generationOf, readyImage } from '../../test/nearest-first.js';
import { CopySearch } from '../copy-search.js';
import { NO_ALIGNMENT } from '../second-look/index.js';
import { StepTimes } from '../step-times.js';
import type { Evidence } from './evidence.js';
import { fitModel } from './fit-model.js';
import type { MatchModel } from './match-model.js';
import { Matcher } from './matcher.js';
import { PICTURES_ALONE } from './shipped-models.js';

const IMAGES = 10_000;
const TURNS = 8;
const NEVER = new AbortController().signal;

describe('matches of a picture in several turns', () => {
  const random = seededRandom(1);
  /** Of strangers, whose evidence is exponential as the tail that is fitted: one of 10,000 exceeds 0.37. */
  const cosine = () => 1 - Math.exp(0.05 * Math.log(1 - random()));
  const only = (it: number): Evidence => ({ cosine: it, hashBits: null, alignment: null });
  const many = (count: number, make: () => number) => Array.from({ length: count }, () => only(make()));
  const measured = { copies: many(2_000, () => 0.3 + 0.6 * random()), strangers: many(20_000, cosine), pairs: 20_000 };
  const byCosine = fitModel(measured, ['cosine']);

  const generation = generationOf({ fc: 2 });
  const { greyCopy: _, ...record } = readyImage(1);
  const hitOf = (score: number): Hit => ({ imageId: record.imageId, score, record });
  /** Seen in the pictures, which count for nothing more by these models. */
  const asked = { sha256: '0'.repeat(64), perceptualHash: record.perceptualHash, greyCopy: null };

  const matcherBy = (model: MatchModel) =>
    new Matcher({
      index: { count: async () => ({ ready: IMAGES, failed: 0, deleted: 0 }), fetch: async () => [] },
      looks: { look: async ({ candidates }) => candidates.map(() => NO_ALIGNMENT) },
      models: { modelOf: async () => model },
      precision: 0.99,
    });
  const matchesBy = (model: MatchModel, scores: readonly number[], turns?: number, picture = asked) =>
    matcherBy(model).matches(
      picture,
      scores.map(hitOf),
      { generation, vector: 'fc', looks: 'all', ...(turns && { turns }) },
      NEVER,
    );

  test('have no more strangers as strong, in the best of the turns, than they are said to have', async () => {
    const pairs = 200_000;
    const nearest = Array.from({ length: pairs }, () => Math.max(...Array.from({ length: TURNS }, cosine)));
    for (const score of [0.3, 0.35, 0.4]) {
      const [match] = await matchesBy(byCosine, [score], TURNS);
      const found = (IMAGES / pairs) * nearest.filter((it) => it >= score).length;
      expect(match?.falseMatches).toBeGreaterThan(0.7 * found);
      expect(match?.falseMatches).toBeLessThan(2 * found);
    }
  });

  test('take more evidence to be called the same picture than as it is', async () => {
    const scores = Array.from({ length: 100 }, (_, at) => at / 100);
    const same = async (turns?: number) =>
      (await matchesBy(byCosine, scores, turns)).findIndex(({ kind }) => kind === 'same-picture');
    const upright = await same();
    expect(upright).toBeGreaterThan(0);
    expect(await same(1)).toBe(upright);
    expect(await same(TURNS)).toBeGreaterThan(upright);
  });

  test('are none of the same picture where the vectors alone are near', async () => {
    const elsewhere = { ...asked, perceptualHash: '0f0f0f0f0f0f0f0f' };
    const [seen, unseen] = [
      await matchesBy(byCosine, [0.999]),
      await matchesBy(byCosine, [0.999], undefined, elsewhere),
    ];
    expect(seen).toMatchObject([{ kind: 'same-picture', hash: { bits: 0 } }]);
    expect(unseen).toMatchObject([{ kind: 'look-alike', probability: 0.5 }]);
    expect(unseen[0]?.hash?.bits).toBeGreaterThan(12);
  });

  test('are looked for in the pictures where the vectors are so near that a glance would do', async () => {
    let looked = 0;
    const look = async ({ candidates }: { readonly candidates: readonly unknown[] }) => {
      looked += candidates.length;
      return candidates.map(() => ({ ...NO_ALIGNMENT, score: 0.5 }));
    };
    const greyCopy = { width: 1, height: 1, pixels: new Uint8Array(1) };
    const matcher = new Matcher({
      index: {
        count: async () => ({ ready: IMAGES, failed: 0, deleted: 0 }),
        fetch: async () => [{ ...record, vectors: {}, greyCopy }],
      },
      looks: { look },
      models: { modelOf: async () => byCosine },
      precision: 0.99,
    });
    const how = { generation, vector: 'fc', looks: 'open' } as const;
    const [seen] = await matcher.matches({ ...asked, greyCopy }, [hitOf(0.999)], how, NEVER);
    expect([seen?.kind, looked]).toEqual(['same-picture', 0]);
    const elsewhere = { ...asked, greyCopy, perceptualHash: '0f0f0f0f0f0f0f0f' };
    const [unseen] = await matcher.matches(elsewhere, [hitOf(0.999)], how, NEVER);
    expect([unseen?.kind, looked]).toEqual(['same-picture', 1]);
  });

  test('are told as of the picture as it is where cosines do not count', async () => {
    expect(await matchesBy(PICTURES_ALONE, [0.5], TURNS)).toEqual(await matchesBy(PICTURES_ALONE, [0.5]));
  });

  test('count by the turns that a search for copies has taken', async () => {
    const index = { search: async () => ({ generation: 'g', hits: [hitOf(0.9)] }) };
    const search = new CopySearch(index as never, matcherBy(byCosine), { toldApartFrom: async () => new Set() });
    const upright = { fc: Float32Array.of(1, 0) };
    const seen = {
      vectors: upright,
      picture: asked,
      turned: async () => Array.from({ length: TURNS - 1 }, () => upright),
    };
    const found = async (mode: 'fast' | 'balanced') => {
      const query = { positives: [], negatives: [], mode, minMatch: 'same-picture', limit: 1 } as never;
      const { copies } = await search.find(generation, query, seen, new StepTimes(), NEVER);
      return copies[0]?.match.falseMatches ?? Number.NaN;
    };
    expect((await found('balanced')) / (await found('fast'))).toBeCloseTo(TURNS, 5);
  });
});
