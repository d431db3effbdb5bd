import { Index, type IndexConfig, type Table } from '@lancedb/lancedb';
import { type EngineSettings, type GenerationSchema, LookalikeError } from '#core';
import { FLAT_FLOATS, filePressure, fillingPressure, GRAPHS, graphPressure, type TableState } from './pressure.js';
import { isConflict, type WriterQueue } from './writer-queue.js';

export interface MaintenanceOptions {
  /** A failed background step, once per failure; it is tried again by itself. */
  readonly onBackgroundError: (error: unknown) => void;
  /** Numbers (rows × size) outside the graph that a search may have to compare one by one. Default: 4,096,000. */
  readonly flatFloats?: number;
  /** How long a version that was replaced stays, for reads under way in it. Default: 10 s. */
  readonly keepVersionsMs?: number;
}

/**
 * A merge by the index of ids reads rows that are not in it yet whole, 3 ms for 128 of 4096; without it, it reads all ids,
 * 3 ms for 15,000.
 */
const ROWS_PER_ROW_OUTSIDE = 100;
/** With nothing written for so long, a quarter of the pressure is reason enough. */
const IDLE_MS = 30_000;
const IDLE_PRESSURE = 0.25;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 300_000;
/** Reads take milliseconds, so nobody needs an older version; one that did is repeated by its caller. */
const KEEP_VERSIONS_MS = 10_000;
/** Each partition is a graph of its own: few for fast searches, more to bound the memory of building one. */
const ROWS_PER_PARTITION = 250_000;
const M = 20;
const EF_CONSTRUCTION = 150;
/** What a generation may have otherwise. */
export const GENERATION_SETTINGS: EngineSettings = {
  'hnsw-m': [4, 128],
  'hnsw-ef-construction': [16, 2_000],
  'partition-rows': [10_000, 10_000_000],
};
/** Below this, looking an id up by scanning is as fast. */
const ROWS_FOR_ID_INDEX = 1_000;

/**
 * Keeps one table fast and small, in the background: a graph per searched vector once comparing one by one takes too
 * long, and `optimize()`: small files into one, new rows into a graph, old versions away. Reads never wait for it.
 * Writes wait for `optimize()`, not for the build of a graph over everything.
 * Memory while building, measured with 20,000 rows of 4096: the process stays under 1.0 GB. Building works on one
 * partition of at most about 250,000 rows; what more rows cost has not been measured.
 */
export class Maintenance {
  #state: TableState = { rows: 0, unindexed: 0, graphs: 0, commits: 0 };
  #tidiedRows = 0;
  /** Outside the index of ids; all of them while there is none. */
  #rowsWithoutId = 0;
  #stopped = false;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  /** Numbers of one row that have a graph, and all of them. */
  readonly #rowFloats: number;
  readonly #storedFloats: number;
  readonly #columns: readonly string[];

  constructor(
    private readonly table: Table,
    private readonly schema: GenerationSchema,
    private readonly writer: WriterQueue,
    /** Of a generation that is not live yet, graphs are built by `settle` alone: once, when all of it is there. */
    private readonly isLive: () => boolean,
    private readonly options: MaintenanceOptions,
  ) {
    this.#rowFloats = schema.vectors.reduce((sum, it) => sum + (it.role === 'searched' ? it.size : 0), 0);
    this.#storedFloats = schema.vectors.reduce((sum, it) => sum + it.size, 0);
    this.#columns = schema.vectors.flatMap((it, at) => (it.role === 'searched' ? [`v${at}`] : []));
  }

  async start(): Promise<void> {
    await this.#look(0);
    this.#tidiedRows = this.#state.rows;
    this.schedule();
  }

  /** Whether finding rows by the index of their ids is faster than reading all ids. */
  get isIdIndexFresh(): boolean {
    return this.#state.rows > ROWS_PER_ROW_OUTSIDE * this.#rowsWithoutId;
  }

  /** A commit has added or changed so many rows. */
  written(rows: number): void {
    const { rows: before, unindexed, graphs, commits } = this.#state;
    this.#state = { rows: before + rows, unindexed: unindexed + rows, graphs, commits: commits + 1 };
    this.#rowsWithoutId += rows;
    this.schedule();
  }

  /** Does what is due, as after a while without writes, and waits for it. */
  async settle(): Promise<void> {
    // A loop, since the end of one run may have started the next. A failure is its caller's, or has been reported.
    while (this.#running !== null) await this.#running.catch(() => undefined);
    if (this.#stopped) throw new LookalikeError('index-unavailable', 'The index is closed.');
    this.#running = this.#tidy(true)
      .then(() => {
        this.#retryMs = RETRY_FIRST_MS;
      })
      .finally(() => {
        this.#running = null;
        this.schedule();
      });
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    // Its failure is its caller's, or has been reported.
    await this.#running?.catch(() => undefined);
  }

  #pressure(): number {
    if (!this.isLive()) return fillingPressure(this.#state, this.#tidiedRows);
    return Math.max(filePressure(this.#state, this.#storedFloats), this.#graphPressure());
  }

  #graphPressure(): number {
    return graphPressure(this.#state, this.#rowFloats, this.options.flatFloats);
  }

  /** Looks whether something is due: after a write, and when the generation becomes live. */
  schedule(): void {
    if (this.#stopped || this.#running !== null || this.#retryMs > RETRY_FIRST_MS) return;
    if (this.#pressure() >= 1) this.#start();
    else this.#later(IDLE_MS);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#stopped) return;
      if (this.#running !== null) this.#later(ms);
      else if (this.#pressure() >= IDLE_PRESSURE) this.#start();
      // What failed is no longer due, so what is due next need not wait for it.
      else this.#retryMs = RETRY_FIRST_MS;
    }, ms).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#running = this.#tidy(this.isLive())
      .then(
        () => {
          this.#retryMs = RETRY_FIRST_MS;
        },
        (error: unknown) => {
          this.options.onBackgroundError(error);
          if (!this.#stopped) this.#later(this.#retryMs);
          this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LAST_MS);
        },
      )
      .finally(() => {
        this.#running = null;
        this.schedule();
      });
  }

  async #tidy(withGraphs: boolean): Promise<void> {
    await this.#look(this.#state.commits);
    const isUntidy = () => filePressure(this.#state, this.#storedFloats) >= IDLE_PRESSURE;
    if (withGraphs && this.#wantsBuild()) {
      // First, since a graph has to be told where every row went.
      if (this.#state.graphs === 0 && isUntidy()) await this.#optimize();
      await this.#buildGraphs();
    }
    if (isUntidy() || (withGraphs && this.#graphPressure() >= IDLE_PRESSURE)) await this.#optimize();
  }

  #optimize(): Promise<void> {
    return this.writer.run(async () => {
      if (this.#state.rows >= ROWS_FOR_ID_INDEX && !(await this.#indices()).has('id')) {
        await this.table.createIndex('id', { config: Index.btree() });
      }
      const keepMs = this.options.keepVersionsMs ?? KEEP_VERSIONS_MS;
      await this.table.optimize({ cleanupOlderThan: new Date(Date.now() - keepMs) });
      await this.#look(0);
      this.#tidiedRows = this.#state.rows;
    });
  }

  #wantsBuild(): boolean {
    const { rows, graphs } = this.#state;
    const flatFloats = this.options.flatFloats ?? FLAT_FLOATS;
    return graphs === 0 ? rows * this.#rowFloats >= flatFloats : (graphs - 1) / GRAPHS >= IDLE_PRESSURE;
  }

  /** Beside the writer queue, since it takes minutes; rows that merges change meanwhile are compared one by one. */
  async #buildGraphs(): Promise<void> {
    for (const column of this.#columns) {
      if (this.#stopped) return;
      const build = () => this.table.createIndex(column, { config: this.#graph() });
      await build().catch((cause: unknown) => {
        // Where merges keep getting in between, the queue keeps them away. Nothing else is worth stopping them for.
        if (isConflict(cause)) return this.writer.run(build);
        throw new LookalikeError('index-unavailable', 'A graph of the index cannot be built.', { cause });
      });
    }
    await this.#look(this.#state.commits);
  }

  /** A new one for each build: LanceDB takes it once. */
  #graph(): Index {
    const { settings } = this.schema;
    return Index.hnswSq({
      distanceType: 'cosine',
      numPartitions: Math.ceil(this.#state.rows / (settings['partition-rows'] ?? ROWS_PER_PARTITION)),
      m: settings['hnsw-m'] ?? M,
      efConstruction: settings['hnsw-ef-construction'] ?? EF_CONSTRUCTION,
    });
  }

  async #indices(): Promise<ReadonlyMap<string, IndexConfig>> {
    const indices = await this.table.listIndices();
    return new Map(indices.map((it) => [it.columns[0] ?? '', it]));
  }

  async #look(commits: number): Promise<void> {
    const rows = await this.table.countRows();
    const indices = await this.#indices();
    const found = this.#columns.map((it) => indices.get(it));
    const complete = found.every((it) => it !== undefined);
    const graphs = complete ? Math.max(...found.map((it) => it?.numSegments ?? 1)) : 0;
    const unindexed = complete ? Math.max(...found.map((it) => it?.numUnindexedRows ?? 0)) : rows;
    this.#state = { rows, unindexed, graphs, commits };
    this.#rowsWithoutId = indices.get('id')?.numUnindexedRows ?? rows;
  }
}
