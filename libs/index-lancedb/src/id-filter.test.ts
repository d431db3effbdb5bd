import { IdFilter } from './id-filter.js';

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}.jpg`);

test.each([
  ['in a series', (at: number) => `photos/2026/image-${at}.jpg`],
  ['that differ in their first character', (at: number) => `${String.fromCharCode(0x4e00 + (at % 20_000))}${at >> 15}`],
  ['short', (at: number) => at.toString(36)],
  ['long', (at: number) => `${'x'.repeat(240)}${at}`],
])('ids %s are all known once they were added, and hardly any other is', (_, idOf) => {
  const filter = new IdFilter();
  const known = [...new Set(Array.from({ length: 200_000 }, (_, at) => idOf(at)))];
  for (const id of known) filter.add(id);
  expect(known.every((it) => filter.mayHave(it))).toBe(true);
  const others = known.map((it) => `${it}-other`);
  // By arithmetic 1 in 30 million at 200,000.
  expect(others.filter((it) => filter.mayHave(it)).length).toBeLessThanOrEqual(1);
});

test('with two million ids nearly every other one is still known to be new', () => {
  const filter = new IdFilter();
  for (const id of ids('a', 2_000_000)) filter.add(id);
  const mistaken = ids('b', 200_000).filter((it) => filter.mayHave(it)).length;
  // By arithmetic 4: (1 - e^(-6/33.5))^6 is 1 in 50,000.
  expect(mistaken).toBeLessThan(20);
});
