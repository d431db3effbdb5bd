import type { Filter, SearchRequest, SearchStage, StoredRecord, VectorIndex, VectorRecord } from '#core';
import { seededVector } from './vector-records.js';

export function searchFor(query: Float32Array, stage: Partial<SearchStage> = {}): SearchRequest {
  return { generation: 'one', stages: [{ vector: 'fc', query, limit: 10, ...stage }] };
}

export async function found(
  index: VectorIndex,
  query: Float32Array,
  stage: Partial<SearchStage> = {},
): Promise<string[]> {
  const { hits } = await index.search(searchFor(query, stage));
  return hits.map((it) => it.imageId);
}

export async function matching(index: VectorIndex, filter: Filter): Promise<string[]> {
  const { hits } = await index.search({ ...searchFor(seededVector(1), { limit: 100 }), filter });
  return hits.map((it) => it.imageId as string).sort();
}

export async function all(index: VectorIndex, options: Parameters<VectorIndex['scan']>[0]): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const batch of index.scan(options)) records.push(...batch);
  return records;
}

export async function expectStored(index: VectorIndex, wanted: readonly VectorRecord[]): Promise<void> {
  const options = { generation: 'one', withVectors: true };
  expect(plain(sorted(await all(index, options)))).toEqual(plain(sorted(wanted)));
  const fetched = await index.fetch(
    wanted.map((it) => it.imageId),
    options,
  );
  expect(plain(sorted(fetched))).toEqual(plain(sorted(wanted)));
}

export function sorted<T extends { readonly imageId: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
}

/** Values of Jest's own realm: arrays made outside it are never equal to those made inside. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, it) => (ArrayBuffer.isView(it) ? Array.from(it as Float32Array) : it)));
}
