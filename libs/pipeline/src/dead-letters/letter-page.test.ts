import fc from 'fast-check';
import { newestFirst, type PageCursor, type Window } from './letter-page.js';

interface Entry {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly isWanted: boolean;
}

/** Pages through partitions, reading `size` records of each at a time. */
function allPages(partitions: readonly (readonly Entry[])[], size: number, limit: number) {
  const items: Entry[] = [];
  let cursor: PageCursor | null = null;
  let pages = 0;
  do {
    const bounds: PageCursor = cursor ?? new Map(partitions.map((it, at) => [at, it.length]));
    const windows: Window<Entry>[] = [...bounds].map(([partition, to]) => {
      const from = Math.max(0, to - size);
      const entries = (partitions[partition] ?? []).slice(from, to).reverse();
      const candidates = entries.map((it) => ({ ...it, match: it.isWanted ? it : null }));
      return { partition, low: 0, from, to, candidates };
    });
    const page = newestFirst(windows, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.next;
    pages += 1;
    expect(pages).toBeLessThan(1_000);
  } while (cursor !== null);
  return items;
}

const entry = fc.record({ stepMs: fc.nat(5), isWanted: fc.boolean() });
const partitions = fc.array(fc.array(entry, { maxLength: 25 }), { minLength: 1, maxLength: 4 });

test('pages hold every match once, the newest first, however little is read for each', () => {
  fc.assert(
    fc.property(partitions, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }), (steps, size, limit) => {
      const all = steps.map((entries, partition) => {
        let timestampMs = 0;
        return entries.map(({ stepMs, isWanted }, offset) => {
          timestampMs += stepMs;
          return { partition, offset, timestampMs, isWanted };
        });
      });
      const found = allPages(all, size, limit);
      const wanted = all.flat().filter((it) => it.isWanted);
      const name = ({ partition, offset }: Entry) => `${partition}-${offset}`;
      expect(found.map(name).sort()).toEqual(wanted.map(name).sort());
      const times = found.map((it) => it.timestampMs);
      expect(times).toEqual([...times].sort((a, b) => b - a));
    }),
  );
});

test('a window in which nothing is left, as after compaction, is passed', () => {
  const window = { partition: 0, low: 0, from: 5, to: 9, candidates: [] };
  expect(newestFirst([window], 10)).toEqual({ items: [], next: new Map([[0, 5]]) });
});
