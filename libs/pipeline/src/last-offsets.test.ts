import fc from 'fast-check';
import { type ImageId, parseImageId } from '#core';
import { LastOffsets } from './last-offsets.js';

const idOf = (n: number): ImageId => parseImageId(`image-${n}`);

describe('the last offsets of images', () => {
  test('are those that were set last, whatever the order, and none of images that were never set', () => {
    const sets = fc.array(fc.tuple(fc.nat(3_000), fc.nat(1_000_000)), { maxLength: 5_000, size: 'max' });
    fc.assert(
      fc.property(sets, fc.nat(1_000_000), (entries, base) => {
        const [table, expected] = [new LastOffsets(base, 10_000), new Map<number, number>()];
        for (const [n, above] of entries) {
          table.set(idOf(n), base + above);
          expected.set(n, base + above);
        }
        expect(table.size).toBe(expected.size);
        const all = Array.from({ length: 3_001 }, (_, n) => n);
        expect(all.map((n) => table.get(idOf(n)))).toEqual(all.map((n) => expected.get(n) ?? null));
      }),
      { numRuns: 20 },
    );
  });

  test('of more images than fit are refused, and of those that are there still kept up to date', () => {
    const table = new LastOffsets(0, 1_500);
    for (let n = 0; n < 1_500; n++) table.set(idOf(n), n);
    expect(table.set(idOf(1_500), 1_500)).toBe(false);
    expect(table.set(idOf(7), 1_501)).toBe(true);
    expect([table.size, table.get(idOf(1_500)), table.get(idOf(7)), table.get(idOf(8))]).toEqual([
      1_500,
      null,
      1_501,
      8,
    ]);
  });

  test('of one image at most fit where that is the limit', () => {
    const table = new LastOffsets(5, 1);
    expect([table.set(idOf(1), 5), table.set(idOf(2), 6), table.set(idOf(1), 7)]).toEqual([true, false, true]);
    expect([table.get(idOf(1)), table.get(idOf(2))]).toEqual([7, null]);
  });

  test('are refused too far from the base to be counted in 32 bits', () => {
    const table = new LastOffsets(10, 10);
    expect(table.set(idOf(1), 10 + 2 ** 32 - 2)).toBe(true);
    expect(table.set(idOf(1), 10 + 2 ** 32 - 1)).toBe(false);
    expect(table.get(idOf(1))).toBe(10 + 2 ** 32 - 2);
  });

  test('take 25 to 38 bytes an image', () => {
    const table = new LastOffsets(0, 1_000_000);
    expect(table.sizeBytes).toBe(0);
    for (let n = 0; n < 100_000; n++) {
      table.set(idOf(n), n);
      if (n < 10_000) continue;
      const bytes = table.sizeBytes / table.size;
      if (bytes < 25 || bytes > 37.6) throw new Error(`${bytes} bytes an image at ${n}`);
    }
  });
});
