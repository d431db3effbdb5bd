import type { GreyCopy } from '#core';
import { seededRandom } from '#testkit';
import { SecondLooks } from './second-looks.js';

describe('second looks', () => {
  const random = seededRandom(1);
  /** Tiles of 4 pixels. */
  const picture = (): GreyCopy => {
    const tiles = Float64Array.from({ length: 12 * 9 }, () => 255 * random());
    const tile = (at: number) => 12 * Math.floor(at / 48 / 4) + Math.floor((at % 48) / 4);
    return { width: 48, height: 36, pixels: Uint8Array.from({ length: 48 * 36 }, (_, at) => tiles[tile(at)] ?? 0) };
  };
  const forever = new AbortController().signal;

  test('are taken in another thread, in the order of the candidates', async () => {
    const looks = new SecondLooks({ threads: 1, maxWaiting: 8 });
    try {
      const query = picture();
      const [other, same] = await looks.look({ query, candidates: [picture(), query] }, forever);
      expect(same?.score).toBeGreaterThan(0.6);
      expect(other?.score).toBeLessThan(0.3);
      expect(await looks.look({ query, candidates: [] }, forever)).toEqual([]);
    } finally {
      await looks.close();
    }
  });

  test('are refused when too many wait, and given up with their search', async () => {
    const looks = new SecondLooks({ threads: 1, maxWaiting: 1 });
    try {
      const query = picture();
      const task = { query, candidates: Array.from({ length: 50 }, picture) };
      const search = new AbortController();
      const running = looks.look(task, forever);
      const waiting = looks.look(task, search.signal);
      expect(looks.waiting).toBe(1);
      await expect(looks.look(task, forever)).rejects.toMatchObject({ code: 'too-many-requests' });
      search.abort(new Error('given up'));
      await expect(waiting).rejects.toThrow('given up');
      expect(await running).toHaveLength(50);
    } finally {
      await looks.close();
    }
  });
});
