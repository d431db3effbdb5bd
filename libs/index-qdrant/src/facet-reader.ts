import type { Schemas } from '@qdrant/js-client-rest';
import { type CheckedSubject, commonValues, type FacetCounts, type GenerationSchema, isRanged } from '#core';
import { is } from './filter-conditions.js';
import { fieldsOf, HAS_FIELD } from './filter-fields.js';
import type { QdrantApi } from './qdrant-connection.js';

type Call = <T>(send: (api: QdrantApi) => Promise<{ readonly data: { result?: T } }>) => Promise<T>;

/** What the server counts of one collection, by the payload indexes that filters have. */
export class FacetReader {
  constructor(
    private readonly collection: string,
    private readonly schema: GenerationSchema,
    private readonly call: Call,
  ) {}

  async count(filter: Schemas['Filter']): Promise<number> {
    const request = { collection_name: this.collection, exact: true, filter };
    return (await this.call((api) => api.countPoints(request))).count;
  }

  async countsOf({ name, type }: CheckedSubject, matching: Schemas['Filter'], limit: number): Promise<FacetCounts> {
    const key = fieldsOf(this.schema).get(name)?.value ?? '';
    const having: Schemas['Filter'] = { must: [matching, is(HAS_FIELD, name)] };
    const images = await this.count(having);
    if (isRanged(type)) return { images, range: await this.#range(key, having) };
    // One more than are wanted tells whether there are more.
    const request = { collection_name: this.collection, key, filter: having, limit: limit + 1, exact: true };
    const { hits } = await this.call((api) => api.facet(request));
    // The server may list what no point has any more.
    const counts = hits.filter(({ count }) => count > 0).map(({ value, count }) => ({ value, images: count }));
    return commonValues(counts as { value: string | boolean; images: number }[], images, limit);
  }

  async #range(key: string, having: Schemas['Filter']) {
    const [min, max] = [await this.#first(key, 'asc', having), await this.#first(key, 'desc', having)];
    return min === null || max === null ? null : { min, max };
  }

  async #first(key: string, direction: Schemas['Direction'], filter: Schemas['Filter']): Promise<number | null> {
    const request = { limit: 1, filter, order_by: { key, direction }, with_payload: [key], with_vector: false };
    const { points } = await this.call((api) => api.scrollPoints({ collection_name: this.collection, ...request }));
    const value = points[0]?.payload?.[key];
    return typeof value === 'number' ? value : null;
  }
}
