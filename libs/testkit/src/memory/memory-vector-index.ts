import {
  type CheckedFilter,
  checkEngineSettings,
  checkedSearch,
  checkFetchIds,
  checkGeneration,
  checkRecordVectors,
  type DeclaredAttributes,
  filterableValue,
  filterFields,
  type Generation,
  type GenerationSchema,
  type Hit,
  LookalikeError,
  type NumberRange,
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
      known.set(record.imageId, structuredClone(record));
      changed.add(record.imageId);
    }
    return { applied: changed.size, stale: records.length - changed.size };
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const generation = request.generation ?? this.liveName();
    const { schema, records } = this.stored(generation);
    const { stages, filter } = checkedSearch(request, schema);
    let candidates = [...records.values()].filter((it): it is ReadyRecord => it.state === 'ready');
    candidates = candidates.filter((it) => filter === undefined || matches(filter, it, filterFields(schema)));
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

  async fetch(imageIds: readonly string[], options: ReadRecordOptions = {}): Promise<readonly StoredRecord[]> {
    checkFetchIds(imageIds.length);
    const { records } = this.stored(options.generation ?? this.liveName());
    return [...new Set(imageIds)].flatMap((id) => {
      const record = records.get(id);
      return record === undefined ? [] : [asStored(record, options)];
    });
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

function matches(filter: CheckedFilter, record: ReadyRecord, types: DeclaredAttributes): boolean {
  if ('all' in filter) return filter.all.every((it) => matches(it, record, types));
  if ('any' in filter) return filter.any.some((it) => matches(it, record, types));
  if ('not' in filter) return !matches(filter.not, record, types);
  const value = filterableValue(record, filter.name, types[filter.name] ?? 'string');
  if ('exists' in filter) return (value !== undefined) === filter.exists;
  if (value === undefined) return false;
  const items: readonly (string | number | boolean)[] = typeof value === 'object' ? value : [value];
  if ('equals' in filter) return items.includes(filter.equals);
  if ('in' in filter) return filter.in.some((it) => items.includes(it));
  if ('prefix' in filter) return items.some((it) => typeof it === 'string' && it.startsWith(filter.prefix));
  return typeof value === 'number' && within(value, filter.range);
}

function within(value: number, { gt, gte, lt, lte }: NumberRange): boolean {
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}

function withoutVectors({ vectors: _, ...rest }: ReadyRecord): Hit['record'] {
  return structuredClone(rest);
}

function asStored(record: VectorRecord, { withVectors = false }: ReadRecordOptions): StoredRecord {
  return record.state === 'ready' && !withVectors ? withoutVectors(record) : structuredClone(record);
}
