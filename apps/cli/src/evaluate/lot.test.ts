import { Lot } from './lot.js';

const draw = (size: number, names: readonly string[]) => {
  const lot = new Lot<string>(size);
  for (const it of names) lot.add(it, it);
  return lot.items();
};
const names = Array.from({ length: 1_000 }, (_, at) => `image-${at}`);

describe('a lot', () => {
  test('draws the same from the same names, in any order', () => {
    expect(draw(50, [...names].reverse())).toEqual(draw(50, names));
    expect(new Set(draw(50, names)).size).toBe(50);
  });

  test('draws from all of the names', () => {
    const numbers = draw(100, names).map((it) => Number(it.slice('image-'.length)));
    // Of 100 that are drawn from 0 to 999 the mean is off by more than 100 once in two thousand lots.
    expect(Math.abs(numbers.reduce((sum, it) => sum + it, 0) / 100 - 499.5)).toBeLessThan(100);
  });

  test('keeps what it has when some names come or go', () => {
    const [before, after] = [new Set(draw(50, names)), draw(50, names.slice(10))];
    expect(after.filter((it) => before.has(it)).length).toBeGreaterThanOrEqual(40);
  });

  test('has all of a few', () => {
    expect([...draw(50, ['b', 'a'])].sort()).toEqual(['a', 'b']);
  });
});
