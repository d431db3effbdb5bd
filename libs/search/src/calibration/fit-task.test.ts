import { seededRandom } from '#testkit';
import { EvidenceTable } from './evidence-table.js';
import measure from './fit-task.js';

describe('what calibration fits', () => {
  /** Strangers whose strongest are far more than the form of the others' tail says. */
  const fitted = (pairs: number) => {
    const random = seededRandom(1);
    const [copies, strangers] = [new EvidenceTable(), new EvidenceTable()];
    const add = (to: EvidenceTable, alignment: number) => to.add({ cosine: null, hashBits: null, alignment });
    for (let at = 0; at < 1_000; at++) add(copies, 0.4 + 0.5 * random());
    for (let at = 0; at < 5_000; at++) add(strangers, -0.02 * Math.log(1 - random()));
    for (const alignment of [0.5, 0.6, 0.7, 0.8]) add(strangers, alignment);
    return measure({
      vector: 'fc',
      copies: copies.numbers(),
      strangers: strangers.numbers(),
      editOfCopy: Array.from({ length: 1_000 }, () => 0),
      edits: [{ name: 'edit', kind: 'easy' }],
      pairs,
      images: 1_000,
      precision: 0.99,
    }).measure;
  };

  test.each([
    [1_000_000, 1, 0.4],
    [2_999_999, 2, 0.6],
  ])('of %s pairs of strangers, %s may pass for a copy', (pairs, _, copiesAboveTheNext) => {
    expect(fitted(pairs).recall.all).toBeCloseTo(copiesAboveTheNext, 1);
  });

  test('of too few pairs to count one in a million, the form of the tail alone decides', () => {
    expect(fitted(999_999).recall.all).toBeGreaterThan(0.9);
  });

  test('how many strangers pass by the form of their tail is told, whatever was counted', () => {
    expect(fitted(2_999_999)).toMatchObject({ falsePairs: 4, falseRate: 4 / 2_999_999 });
  });
});
