import { PLAIN_HASH, type ReadyRecord } from '#core';
import { ENCODER, generationOf, nearestFirst, readyImage, shaOf } from '../../test/nearest-first.js';
import { shippedModel } from '../match/index.js';
import { NO_ALIGNMENT } from '../second-look/index.js';
import { CopyFinder } from './copy-finder.js';

const IMAGES = 2_000;

describe('the copies of an image', () => {
  const generation = generationOf({ fc: 8, pooled: 4 });
  /** With a hash that says nothing: the second look tells. */
  const record = (at: number, picture = at): ReadyRecord => ({
    ...readyImage(at, picture, { fc: new Float32Array(8).fill(1), pooled: new Float32Array(4).fill(1) }),
    perceptualHash: PLAIN_HASH,
  });
  /** @param isCopy by the place among the nearest. */
  const finderAmong = (stored: readonly ReadyRecord[], isCopy: (at: number) => boolean) => {
    const { asked, index } = nearestFirst(stored, IMAGES);
    const finder = new CopyFinder({
      index,
      looks: {
        look: async ({ candidates }) =>
          candidates.map((_, at) => (isCopy(at) ? { ...NO_ALIGNMENT, turn: 'flop' as const, score: 1 } : NO_ALIGNMENT)),
      },
      models: { modelOf: async () => shippedModel(ENCODER, 'pooled') },
      precision: 0.99,
    });
    return { asked, find: (it: ReadyRecord) => finder.find(generation, it, new AbortController().signal) };
  };

  test('are looked for by the shortest vector, and neither it nor its bytes are among them', async () => {
    const { asked, find } = finderAmong([record(0), record(1, 0), record(2), record(3)], (at) => at === 0);
    expect(await find(record(0))).toEqual([{ sha256: shaOf(2), probability: expect.closeTo(1, 2), turn: 'flop' }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.stages).toMatchObject([{ vector: 'pooled', limit: 51 }]);
  });

  test.each([
    [49, [51]],
    [50, [51, 201]],
    [120, [51, 201]],
    [1_500, [51, 201]],
  ])('are looked for further where all that was found are copies: %s of them', async (copies, limits) => {
    const stored = Array.from({ length: IMAGES }, (_, at) => record(at));
    const { asked, find } = finderAmong(stored, (at) => at < copies);
    const links = await find(record(0));
    expect(asked.map(({ stages }) => stages[0].limit)).toEqual(limits);
    expect(links).toHaveLength(Math.min(copies, 200));
  });
});
