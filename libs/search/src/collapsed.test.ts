import { type Hit, parseImageId } from '#core';
import { collapsed } from './collapsed.js';

describe('collapsed hits', () => {
  /** One for each picture, best first. */
  const hits = (...pictures: readonly string[]): readonly Hit[] =>
    pictures.map((sha256, at) => ({
      imageId: parseImageId(`${at}`),
      score: 1 - at / 100,
      record: { image: { sha256 } } as Hit['record'],
    }));
  const linked =
    (...pairs: readonly (readonly [string, string])[]) =>
    async (sha256s: readonly string[]) => {
      const both = [...pairs, ...pairs.map(([a, b]) => [b, a] as const)];
      return new Map(sha256s.map((it) => [it, new Set(both.flatMap(([a, b]) => (a === it ? [b] : [])))]));
    };
  const idsOf = async (...asked: Parameters<typeof collapsed>) =>
    (await collapsed(...asked)).map(({ hit, duplicates }) => [hit.imageId, ...duplicates]);

  test('are the best of each picture, with the copies that it stands for', async () => {
    const found = await idsOf(hits('a', 'b', 'a', 'c', 'd'), linked(['a', 'c']));
    expect(found).toEqual([['0', '2', '3'], ['1'], ['4']]);
  });

  test('are not collapsed by way of a third', async () => {
    expect(await idsOf(hits('a', 'b', 'c'), linked(['a', 'b'], ['b', 'c']))).toEqual([['0', '1'], ['2']]);
  });

  test('ask once about each picture', async () => {
    const copiesAmong = jest.fn(linked());
    await collapsed(hits('a', 'a', 'b'), copiesAmong);
    expect(copiesAmong.mock.calls).toEqual([[['a', 'b']]]);
  });
});
