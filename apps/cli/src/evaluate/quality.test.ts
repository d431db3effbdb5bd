import { precision, recall } from './quality.js';

const found = (...scores: number[]) => scores.map((score, at) => ({ imageId: `${at}`, score }));

describe('recall', () => {
  test('is the share of the nearest that were found', () => {
    expect(recall(found(0.9, 0.8, 0.7, 0.6), found(0.9, 0.7, 0.5, 0.4))).toBe(0.5);
  });

  test('counts what is as near as the last one, whichever that is', () => {
    expect(recall(found(0.9, 0.5, 0.5), found(0.9, 0.500001, 0.499999))).toBe(1);
  });

  test('is of the first ten', () => {
    const eleven = Array.from({ length: 11 }, (_, at) => 1 - at / 20);
    expect(recall(found(...eleven), found(...eleven.slice(1)))).toBe(0.9);
  });

  test('of nothing to be found is none, of nothing found nought', () => {
    expect(recall([], [])).toBeNull();
    expect(recall(found(0.9), [])).toBe(0);
  });
});

describe('precision by label', () => {
  const labels = new Map([
    ['0', 'cat'],
    ['1', 'boat'],
    ['3', 'cat'],
  ]);

  test('is the share of the first results with the label, of those that have one', () => {
    expect(precision(found(0.9, 0.8, 0.7, 0.6), 'cat', labels, 4)).toBeCloseTo(2 / 3);
    expect(precision(found(0.9, 0.8, 0.7, 0.6), 'cat', labels, 2)).toBe(0.5);
  });

  test('is none where no result has a label', () => {
    expect(precision(found(0.9), 'cat', new Map(), 5)).toBeNull();
  });
});
