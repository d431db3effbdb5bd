import {
  type Filter,
  type SearchRequest,
  type SearchStage,
  type StoredRecord,
  unitVector,
  type VectorIndex,
  type VectorRecord,
} from '#core';
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
  const options = { generation: 'one', withVectors: true, withGreyCopies: true };
  expectSame(await all(index, options), wanted);
  const fetched = await index.fetch(
    wanted.map((it) => it.imageId),
    options,
  );
  expectSame(fetched, wanted);
}

/** Of vectors the directions: cosine sees nothing else, and an index may keep them at unit length. */
function expectSame(found: readonly StoredRecord[], wanted: readonly StoredRecord[]): void {
  expect(plain(sorted(found).map(withoutVectors))).toEqual(plain(sorted(wanted).map(withoutVectors)));
  const directions = sorted(found).map(directionsOf);
  for (const [at, { imageId, vectors }] of sorted(wanted).map(directionsOf).entries()) {
    expect(Object.keys(directions[at]?.vectors ?? {}).sort()).toEqual(Object.keys(vectors).sort());
    for (const [name, vector] of Object.entries(vectors)) {
      const stored = directions[at]?.vectors[name] ?? [];
      const distance = Math.max(...vector.map((it, i) => Math.abs(it - (stored[i] ?? Number.NaN))));
      expect([imageId, name, distance < 1e-6]).toEqual([imageId, name, true]);
    }
  }
}

function withoutVectors(record: StoredRecord): unknown {
  return { ...record, vectors: undefined };
}

function directionsOf(record: StoredRecord): { imageId: string; vectors: Record<string, number[]> } {
  const vectors = record.state === 'ready' ? (record.vectors ?? {}) : {};
  const named = Object.entries(vectors).map(([name, it]) => [name, Array.from(unitVector(it))] as const);
  return { imageId: record.imageId, vectors: Object.fromEntries(named) };
}

export function sorted<T extends { readonly imageId: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
}

/** Values of Jest's own realm: arrays made outside it are never equal to those made inside. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, it) => (ArrayBuffer.isView(it) ? Array.from(it as Float32Array) : it)));
}
