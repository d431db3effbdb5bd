import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ApplyResult,
  type FacetsAnswer,
  type FacetsRequest,
  type Generation,
  type GenerationSchema,
  type ImageId,
  isLookalikeError,
  type ListAnswer,
  type ListRequest,
  type NamedVectors,
  type ProjectionReference,
  type ReadRecordOptions,
  type SearchAnswer,
  type SearchRequest,
  type SearchStage,
  type StateCounts,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
  type VectorSpec,
} from '#core';
import { type Projection, projected } from './projection.js';

/** Records between two turns of the event loop: 8 ms for 256 of 4096 numbers. */
const RECORDS_PER_TURN = 8;

type ProjectedSpec = VectorSpec & { readonly projection: ProjectionReference };

/**
 * An index for records as the log has them: what of a generation's vectors is a projection is made here when it is applied, and left
 * out of what is read. So is a stage over it: it is searched by the vector that it is made of.
 * Projections are read once, when the generation is first seen, and kept; 4 MB for 256 of 4096 numbers.
 */
export class ProjectingIndex implements VectorIndex {
  readonly #schemas = new Map<string, GenerationSchema>();
  readonly #projections = new Map<string, Promise<Projection>>();

  constructor(
    private readonly index: VectorIndex,
    private readonly read: (reference: ProjectionReference) => Promise<Projection>,
  ) {}

  checkSettings(settings: GenerationSchema['settings']): void {
    this.index.checkSettings(settings);
  }

  async createGeneration(name: string, schema: GenerationSchema): Promise<void> {
    this.#schemas.delete(name);
    await this.index.createGeneration(name, schema);
  }

  /** Begins to read what searches and records will need. */
  async generations(): Promise<readonly Generation[]> {
    const generations = await this.index.generations();
    const used = new Set<string>();
    for (const { name, schema } of generations) {
      this.#schemas.set(name, schema);
      for (const { projection } of projectedOf(schema)) {
        used.add(keyOf(projection));
        // Who needs it hears why it cannot be read.
        this.#projection(projection).catch(() => {});
      }
    }
    for (const key of this.#projections.keys()) if (!used.has(key)) this.#projections.delete(key);
    return generations;
  }

  async dropGeneration(name: string): Promise<void> {
    this.#schemas.delete(name);
    await this.index.dropGeneration(name);
  }

  live(): Promise<Generation | null> {
    return this.index.live();
  }

  makeLive(name: string): Promise<void> {
    return this.index.makeLive(name);
  }

  async apply(generation: string, records: readonly VectorRecord[]): Promise<ApplyResult> {
    const specs = projectedOf(await this.#schema(generation));
    if (specs.length === 0) return this.index.apply(generation, records);
    const projections = await Promise.all(specs.map((it) => this.#projection(it.projection)));
    return this.index.apply(generation, await allProjected(records, specs, projections));
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const name = request.generation ?? (await this.index.live())?.name;
    const specs = name === undefined ? [] : projectedOf(await this.#schema(name));
    if (specs.length === 0) return this.index.search(request);
    const [first, ...rest] = request.stages;
    const stages = [await this.#stage(first, specs)] as const;
    const others = await Promise.all(rest.map((it) => this.#stage(it, specs)));
    return this.index.search({ ...request, ...(name && { generation: name }), stages: [...stages, ...others] });
  }

  async fetch(imageIds: readonly ImageId[], options: ReadRecordOptions = {}): Promise<readonly StoredRecord[]> {
    const records = await this.index.fetch(imageIds, options);
    return options.withVectors ? withoutProjected(records, await this.#projectedIn(options)) : records;
  }

  async *scan(options: ReadRecordOptions & { readonly batchSize?: number } = {}) {
    const specs = options.withVectors ? await this.#projectedIn(options) : [];
    for await (const records of this.index.scan(options)) yield withoutProjected(records, specs);
  }

  facets(request: FacetsRequest): Promise<FacetsAnswer> {
    return this.index.facets(request);
  }

  list(request: ListRequest): Promise<ListAnswer> {
    return this.index.list(request);
  }

  count(options?: { readonly generation?: string }): Promise<StateCounts> {
    return this.index.count(options);
  }

  check(): Promise<void> {
    return this.index.check();
  }

  settle(generation: string): Promise<void> {
    return this.index.settle(generation);
  }

  close(): Promise<void> {
    return this.index.close();
  }

  async #stage(stage: SearchStage, specs: readonly ProjectedSpec[]): Promise<SearchStage> {
    const spec = specs.find(({ name }) => name === stage.vector);
    if (spec === undefined) return stage;
    return { ...stage, query: projected(await this.#projection(spec.projection), stage.query) };
  }

  async #projectedIn({ generation }: ReadRecordOptions): Promise<readonly ProjectedSpec[]> {
    const schema = generation === undefined ? (await this.index.live())?.schema : await this.#schema(generation);
    return schema === undefined ? [] : projectedOf(schema);
  }

  /** Empty of one that is not known: the index itself says so. A generation's schema never changes. */
  async #schema(name: string): Promise<Pick<GenerationSchema, 'vectors'>> {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known;
    await this.generations();
    return this.#schemas.get(name) ?? { vectors: [] };
  }

  #projection(reference: ProjectionReference): Promise<Projection> {
    const key = keyOf(reference);
    const known = this.#projections.get(key);
    if (known !== undefined) return known;
    const reading = this.read(reference);
    this.#projections.set(key, reading);
    reading.catch(() => {
      if (this.#projections.get(key) === reading) this.#projections.delete(key);
    });
    return reading;
  }
}

function keyOf({ fittedFor, digest }: ProjectionReference): string {
  return `${fittedFor} ${digest}`;
}

function projectedOf({ vectors }: Pick<GenerationSchema, 'vectors'>): readonly ProjectedSpec[] {
  return vectors.filter((it): it is ProjectedSpec => it.projection !== undefined);
}

/** A batch is 256 records where an index fills: searches of the same process are answered between its parts. */
async function allProjected(
  records: readonly VectorRecord[],
  specs: readonly ProjectedSpec[],
  projections: readonly Projection[],
): Promise<readonly VectorRecord[]> {
  const whole: VectorRecord[] = [];
  for (const record of records) {
    if (whole.length > 0 && whole.length % RECORDS_PER_TURN === 0) await nextTurn();
    whole.push(withProjected(record, specs, projections));
  }
  return whole;
}

/** A vector that cannot be projected is left to the index, which says what is wrong with it. */
function withProjected(
  record: VectorRecord,
  specs: readonly ProjectedSpec[],
  projections: readonly Projection[],
): VectorRecord {
  if (record.state !== 'ready') return record;
  const made: Record<string, Float32Array> = {};
  for (const [at, { name, projection }] of specs.entries()) {
    const [vector, by] = [record.vectors[projection.of], projections[at]];
    const own = vector === undefined || by === undefined ? undefined : unlessOdd(() => projected(by, vector));
    if (own !== undefined) made[name] = own;
  }
  return { ...record, vectors: { ...record.vectors, ...made } };
}

function unlessOdd<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'invalid-vector') return undefined;
    throw error;
  }
}

function withoutProjected(records: readonly StoredRecord[], specs: readonly ProjectedSpec[]): readonly StoredRecord[] {
  if (specs.length === 0) return records;
  const names = new Set(specs.map(({ name }) => name));
  return records.map((record) => {
    if (record.state !== 'ready' || record.vectors === undefined) return record;
    const carried = Object.entries(record.vectors).filter(([name]) => !names.has(name));
    return { ...record, vectors: Object.fromEntries(carried) as NamedVectors };
  });
}
