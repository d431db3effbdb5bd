import {
  type CheckedFilter,
  checkEngineSettings,
  checkedFacets,
  checkedList,
  checkedSearch,
  checkFetchIds,
  checkGeneration,
  checkRecordVectors,
  type FacetsAnswer,
  type FacetsRequest,
  facetOf,
  filterFields,
  type Generation,
  type GenerationSchema,
  type Hit,
  type ListAnswer,
  type ListRequest,
  LookalikeError,
  type ReadRecordOptions,
  type ReadyRecord,
  type SearchAnswer,
  type SearchRequest,
  type StateCounts,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
  winsAgainst,
} from '#core';
import { countsOf, matches } from './record-values.js';

interface Stored {
  readonly schema: GenerationSchema;
  readonly records: Map<string, VectorRecord>;
}

/** What survives `close`: hand the same memory to a new index to reopen it. */
export class IndexMemory {
  readonly generations = new Map<string, Stored>();
  live: string | null = null;
}

/** The VectorIndex port with nothing clever in it: what another adapter's answers are compared with. */
export class MemoryVectorIndex implements VectorIndex {
  #closed = false;

  constructor(private readonly contents = new IndexMemory()) {}

  private get memory(): IndexMemory {
    if (this.#closed) throw new LookalikeError('index-unavailable', 'The index is closed.');
    return this.contents;
  }

  /** No engine: it takes what others share, and does nothing by it. */
  checkSettings(settings: GenerationSchema['settings']): void {
    checkEngineSettings(settings, { 'hnsw-m': [4, 128] });
  }

  async createGeneration(name: string, schema: GenerationSchema): Promise<void> {
    checkGeneration(name, schema);
    this.checkSettings(schema.settings);
    if (this.memory.generations.has(name)) {
      throw new LookalikeError('generation-exists', `There is a generation ${name} already.`, {
        facts: { generation: name },
      });
    }
    this.memory.generations.set(name, { schema: structuredClone(schema), records: new Map() });
  }

  async generations(): Promise<readonly Generation[]> {
    return [...this.memory.generations].map(([name, { schema }]) => ({
      name,
      schema,
      live: name === this.memory.live,
    }));
  }

  async dropGeneration(name: string): Promise<void> {
    this.stored(name);
    if (name === this.memory.live) {
      throw new LookalikeError('generation-live', `Generation ${name} is live.`, { facts: { generation: name } });
    }
    this.memory.generations.delete(name);
  }

  async live(): Promise<Generation | null> {
    return (await this.generations()).find((it) => it.live) ?? null;
  }

  async makeLive(name: string): Promise<void> {
    this.stored(name);
    this.memory.live = name;
  }

  async apply(generation: string, records: readonly VectorRecord[]) {
    const { schema, records: known } = this.stored(generation);
    for (const record of records) checkRecordVectors(record, schema);
    const changed = new Set<string>();
    for (const record of records) {
      const before = known.get(record.imageId);
      if (before !== undefined && !winsAgainst(record, before)) continue;
      known.set(record.imageId, kept(record, schema));
      changed.add(record.imageId);
    }
    return { applied: changed.size, stale: records.length - changed.size };
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const generation = request.generation ?? this.liveName();
    const { schema, records } = this.stored(generation);
    const { stages, filter } = checkedSearch(request, schema);
    let candidates = readyMatching(records, filter, schema);
    let hits: Hit[] = [];
    for (const { vector, query, limit } of stages) {
      const scored = candidates.map((it) => ({ it, score: cosine(query, it.vectors[vector] ?? query) }));
      scored.sort((a, b) => b.score - a.score || (a.it.imageId < b.it.imageId ? -1 : 1));
      const best = scored.slice(0, limit);
      candidates = best.map(({ it }) => it);
      hits = best.map(({ it, score }) => ({ imageId: it.imageId, score, record: withoutVectors(it) }));
    }
    return { generation, hits };
  }

  async facets(request: FacetsRequest): Promise<FacetsAnswer> {
    const generation = request.generation ?? this.liveName();
    const { schema, records } = this.stored(generation);
    const { subjects, filter, limit } = checkedFacets(request, schema);
    const matching = readyMatching(records, filter, schema);
    const facets = subjects.map((it) => facetOf(it, countsOf(matching, it.name, it.type, limit)));
    return { generation, images: matching.length, facets };
  }

  async fetch(imageIds: readonly string[], options: ReadRecordOptions = {}): Promise<readonly StoredRecord[]> {
    checkFetchIds(imageIds.length);
    const { records } = this.stored(options.generation ?? this.liveName());
    return [...new Set(imageIds)].flatMap((id) => {
      const record = records.get(id);
      return record === undefined ? [] : [asStored(record, options)];
    });
  }

  async list(request: ListRequest): Promise<ListAnswer> {
    const generation = request.generation ?? this.liveName();
    const { schema, records } = this.stored(generation);
    const { states, filter, after = '', limit } = checkedList(request, schema);
    const found = [...records.values()].filter(
      (it) =>
        states.includes(it.state) &&
        it.imageId > after &&
        (filter === undefined || matches(filter, it, filterFields(schema))),
    );
    found.sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
    return { generation, records: found.slice(0, limit).map((it) => asStored(it, {})) };
  }

  async *scan(
    options: ReadRecordOptions & { readonly batchSize?: number } = {},
  ): AsyncIterable<readonly StoredRecord[]> {
    const { records } = this.stored(options.generation ?? this.liveName());
    const all = [...records.values()];
    const size = options.batchSize ?? 500;
    for (let at = 0; at < all.length; at += size) {
      yield all.slice(at, at + size).map((it) => asStored(it, options));
    }
  }

  async count(options: { readonly generation?: string } = {}): Promise<StateCounts> {
    const { records } = this.stored(options.generation ?? this.liveName());
    const counts = { ready: 0, failed: 0, deleted: 0 };
    for (const { state } of records.values()) counts[state]++;
    return counts;
  }

  async check(): Promise<void> {}

  async settle(generation: string): Promise<void> {
    this.stored(generation);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  private liveName(): string {
    if (this.memory.live === null) throw new LookalikeError('no-live-generation', 'No generation is live yet.');
    return this.memory.live;
  }

  private stored(name: string): Stored {
    const stored = this.memory.generations.get(name);
    if (stored === undefined) {
      throw new LookalikeError('generation-unknown', `There is no generation ${name}.`, {
        facts: { generation: name },
      });
    }
    return stored;
  }
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}

function readyMatching(
  records: Stored['records'],
  filter: CheckedFilter | undefined,
  schema: GenerationSchema,
): ReadyRecord[] {
  const ready = [...records.values()].filter((it): it is ReadyRecord => it.state === 'ready');
  return ready.filter((it) => filter === undefined || matches(filter, it, filterFields(schema)));
}

function kept(record: VectorRecord, { greyCopies = false }: GenerationSchema): VectorRecord {
  if (record.state !== 'ready' || greyCopies) return structuredClone(record);
  const { greyCopy: _, ...rest } = record;
  return structuredClone(rest);
}

function withoutVectors({ vectors: _, greyCopy: __, ...rest }: ReadyRecord): Hit['record'] {
  return structuredClone(rest);
}

function asStored(record: VectorRecord, { withVectors, withGreyCopies }: ReadRecordOptions): StoredRecord {
  if (record.state !== 'ready') return structuredClone(record);
  const { vectors, greyCopy } = structuredClone(record);
  return {
    ...withoutVectors(record),
    ...(withVectors && { vectors }),
    ...(withGreyCopies && greyCopy && { greyCopy }),
  };
}
