import { SCHEMA } from '#testkit';
import { FacetReader } from './facet-reader.js';
import type { QdrantApi } from './qdrant-connection.js';

const TITLE = { subject: { attribute: 'title' }, name: 'title', type: 'string' } as const;

describe('facets of a server', () => {
  /** What it lists, of which the stand-in lists only what there is. */
  const asked: object[] = [];
  const reader = (hits: readonly { readonly value: string; readonly count: number }[]) => {
    const api = {
      countPoints: async () => ({ data: { result: { count: 5 } } }),
      facet: async (request: object) => {
        asked.push(request);
        return { data: { result: { hits } } };
      },
    };
    return new FacetReader('one', SCHEMA, async (send) => {
      const { result } = (await send(api as unknown as QdrantApi)).data;
      if (result === undefined) throw new Error('There is no result.');
      return result;
    });
  };

  test('are asked for exactly, and without values that no image has any more', async () => {
    const hits = [
      { value: 'b', count: 3 },
      { value: 'a', count: 2 },
      { value: 'gone', count: 0 },
    ];
    const values = [
      { value: 'b', images: 3 },
      { value: 'a', images: 2 },
    ];
    const counts = await reader(hits).countsOf(TITLE, {}, 2);
    expect(counts).toEqual({ images: 5, values, hasMore: false });
    expect(asked).toEqual([expect.objectContaining({ exact: true, limit: 3 })]);
  });
});
