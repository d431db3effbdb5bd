import { Index, type Table } from '@lancedb/lancedb';
import type { GenerationSchema } from '#core';
import type { WriterQueue } from './writer-queue.js';

export interface MaintenanceOptions {
  /** A failed background step, once per failure; it is tried again by itself. */
  readonly onBackgroundError: (error: unknown) => void;
  /** Numbers (rows × size) outside the graph that a search may have to compare one by one. Default: 4,096,000. */
  readonly flatFloats?: number;
}

/** 1,000 rows of 4096 numbers: comparing them takes about 14 ms on 2 cores. */
const FLAT_FLOATS = 1_000 * 4096;
/**
 * `optimize()` also rewrites every fragment of under a million rows, and nothing in the node API tells it not to
 * (lancedb#2131). An allowance that grows with the table keeps what is written per new row within 1 / this share.
 */
const FLAT_SHARE = 0.02;
/** Each commit leaves a manifest and small files; their number makes reads and commits slower. */
const COMMITS = 100;
/** One more commit is allowed per this many bytes of vectors, since tidying up rewrites them. */
const BYTES_PER_COMMIT = 32 * 2 ** 20;
/** With nothing written for so long, a quarter of the pressure is reason enough. */
const IDLE_MS = 30_000;
const IDLE_PRESSURE = 0.25;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 300_000;
/** Reads take milliseconds, so nobody needs an older version; one that did is repeated by its caller. */
const KEEP_VERSIONS_MS = 10_000;
/** Each partition is a graph of its own: few for fast searches, more to bound the memory of building one. */
const ROWS_PER_PARTITION = 250_000;
/** Below this, looking an id up by scanning is as fast. */
const ROWS_FOR_ID_INDEX = 1_000;

/** What a table's upkeep is decided by. */
export interface TableState {
  readonly rows: number;
  /** Rows outside the graph; all of them while there is none. */
  readonly unindexed: number;
  readonly hasGraph: boolean;
  /** Since the last `optimize()`. */
  readonly commits: number;
}

/** 1 and more: upkeep is due. */
export function pressure(state: TableState, rowFloats: number, flatFloats = FLAT_FLOATS): number {
  const allowed = state.hasGraph ? Math.max(flatFloats, FLAT_SHARE * state.rows * rowFloats) : flatFloats;
  const allowedCommits = COMMITS + (state.rows * rowFloats * 4) / BYTES_PER_COMMIT;
  return Math.max((state.unindexed * rowFloats) / allowed, state.commits / allowedCommits);
}

/**
 * Keeps one table fast and small, in the background: a graph per searched vector once comparing one by one takes too
 * long, then `optimize()`: small files into one, new rows into the graph, old versions away. Reads never wait for it.
 * Writes wait for `optimize()`, not for the first build of a graph.
 */
export class Maintenance {
  #state: TableState = { rows: 0, unindexed: 0, hasGraph: false, commits: 0 };
  #stopped = false;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  readonly #rowFloats: number;
  readonly #columns: readonly string[];

  constructor(
    private readonly table: Table,
    schema: GenerationSchema,
    private readonly writer: WriterQueue,
    private readonly options: MaintenanceOptions,
  ) {
    this.#rowFloats = schema.vectors.reduce((sum, it) => sum + (it.role === 'searched' ? it.size : 0), 0);
    this.#columns = schema.vectors.flatMap((it, at) => (it.role === 'searched' ? [`v${at}`] : []));
  }

  async start(): Promise<void> {
    await this.#look(0);
    this.#schedule();
  }

  /** A merge has changed so many rows. */
  written(rows: number): void {
    const { rows: before, unindexed, hasGraph, commits } = this.#state;
    this.#state = { rows: before + rows, unindexed: unindexed + rows, hasGraph, commits: commits + 1 };
    this.#schedule();
  }

  /** Does what is due, as after a while without writes, and waits for it. */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#pressure() >= IDLE_PRESSURE) await this.#tidy();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #pressure(): number {
    return pressure(this.#state, this.#rowFloats, this.options.flatFloats);
  }

  #schedule(): void {
    if (this.#stopped || this.#running !== null || this.#retryMs > RETRY_FIRST_MS) return;
    if (this.#pressure() >= 1) this.#start();
    else this.#later(IDLE_MS);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#stopped && this.#running === null && this.#pressure() >= IDLE_PRESSURE) this.#start();
    }, ms).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#running = this.#tidy()
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
        this.#schedule();
      });
  }

  async #tidy(): Promise<void> {
    await this.#look(this.#state.commits);
    const wantsGraph = this.#state.rows * this.#rowFloats >= (this.options.flatFloats ?? FLAT_FLOATS);
    if (!this.#state.hasGraph && wantsGraph) await this.#buildGraphs();
    await this.writer.run(async () => {
      if (this.#state.rows >= ROWS_FOR_ID_INDEX && !(await this.#indexed()).has('id')) {
        await this.table.createIndex('id', { config: Index.btree() });
      }
      await this.table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
      await this.#look(0);
    });
  }

  /** Beside the writer queue, since it takes minutes; rows that merges change meanwhile are compared one by one. */
  async #buildGraphs(): Promise<void> {
    const numPartitions = Math.ceil(this.#state.rows / ROWS_PER_PARTITION);
    const config = Index.hnswSq({ distanceType: 'cosine', numPartitions, m: 20, efConstruction: 300 });
    const there = await this.#indexed();
    for (const column of this.#columns) {
      if (this.#stopped || there.has(column)) continue;
      const build = () => this.table.createIndex(column, { config });
      // Where merges keep getting in between, the queue keeps them away.
      await build().catch(() => this.writer.run(build));
    }
  }

  async #indexed(): Promise<ReadonlyMap<string, number>> {
    const indices = await this.table.listIndices();
    return new Map(indices.map((it) => [it.columns[0] ?? '', it.numUnindexedRows ?? 0]));
  }

  async #look(commits: number): Promise<void> {
    const rows = await this.table.countRows();
    const indexed = await this.#indexed();
    const hasGraph = this.#columns.every((it) => indexed.has(it));
    const unindexed = hasGraph ? Math.max(...this.#columns.map((it) => indexed.get(it) ?? 0)) : rows;
    this.#state = { rows, unindexed, hasGraph, commits };
  }
}
