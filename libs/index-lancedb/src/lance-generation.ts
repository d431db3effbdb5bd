import { dirname } from 'node:path';
import type { Connection, Table, VectorQuery } from '@lancedb/lancedb';
import {
  type ApplyResult,
  type CheckedFacets,
  type CheckedFilter,
  type CheckedList,
  type CheckedSearch,
  checkRecordVectors,
  type FacetsAnswer,
  facetOf,
  type GenerationSchema,
  type Hit,
  type ImageRecordState,
  NO_IMAGE,
  newestPerImage,
  type SearchStage,
  type StateCounts,
  type StoredRecord,
  type VectorRecord,
} from '#core';
import {
  columnsOf,
  filterColumn,
  fromArrow,
  RECORDS_ALONE,
  STATES,
  vectorColumn,
  type WantedColumns,
} from './columns.js';
import { type AsIndexError, checkError, indexErrors } from './damage.js';
import { FacetCounter, FacetMemory } from './facet-counter.js';
import { filterSql, quoted } from './filter-sql.js';
import { Maintenance, type MaintenanceOptions } from './maintenance.js';
import { RecordWriter } from './record-writer.js';
import { StateCounter } from './state-counter.js';
import { TableFiles } from './table-files.js';
import { WriterQueue } from './writer-queue.js';

const IDS_PER_READ = 250;
const IDS_PER_PAGE = 10_000;
const READ_ATTEMPTS = 3;
const DEFAULT_EF = 128;
const DEFAULT_OVERSAMPLING = 2;
/** Every partition: leaving some out costs recall, and there are few. */
const MAX_PARTITIONS_PROBED = 4096;

/**
 * One generation: one LanceDB table and its only writer. Reads and writes share one table handle, and a handle's reads
 * see its own finished writes without `checkoutLatest`.
 *
 * Durability: LanceDB does not fsync. A write makes new files and then a manifest that names them, and changes no old
 * file, so a kill at any moment leaves the state before or after it; after a resolved `apply` the writer queue
 * has the new files fsynced, so a power loss leaves it too.
 */
export class LanceGeneration {
  readonly #writer: WriterQueue;
  readonly #records: RecordWriter;
  readonly #maintenance: Maintenance;
  readonly #counter = new StateCounter(() => this.#countAnew());
  /** The folder of the index. */
  readonly #home: string;
  readonly #asError: AsIndexError;

  private constructor(
    readonly name: string,
    readonly schema: GenerationSchema,
    readonly table: Table,
    folder: string,
    isLive: () => boolean,
    options: MaintenanceOptions,
  ) {
    this.#home = dirname(folder);
    this.#asError = indexErrors(this.#home);
    this.#writer = new WriterQueue(new TableFiles(folder), this.#asError);
    this.#maintenance = new Maintenance(table, schema, this.#writer, isLive, options);
    this.#records = new RecordWriter(table, schema, this.#writer, this.#counter, this.#maintenance);
  }

  static async open(
    db: Connection,
    at: { readonly name: string; readonly schema: GenerationSchema; readonly table: string; readonly folder: string },
    isLive: () => boolean,
    options: MaintenanceOptions,
  ): Promise<LanceGeneration> {
    let table: Table | undefined;
    try {
      table = await db.openTable(at.table);
      const generation = new LanceGeneration(at.name, at.schema, table, at.folder, isLive, options);
      await generation.#maintenance.start();
      // Opens every file of records, which a start without it would leave to the first who asks for what is in it.
      await generation.count();
      await generation.check();
      return generation;
    } catch (error) {
      table?.close();
      throw checkError(dirname(at.folder), `Generation ${at.name} of the index cannot be opened.`, error);
    }
  }

  async apply(records: readonly VectorRecord[]): Promise<ApplyResult> {
    for (const record of records) checkRecordVectors(record, this.schema);
    const applied = await this.#records.write(newestPerImage(records));
    return { applied, stale: records.length - applied };
  }

  /** The last stage reads score and record together, so a hit never mixes two versions of an image. */
  async search({ stages, filter }: CheckedSearch): Promise<readonly Hit[]> {
    const where = filter === undefined ? [] : [filterSql(filter, this.schema)];
    return this.#read(async () => {
      const [first, ...rest] = stages;
      let rows = await this.#rows(this.#candidates(first, where, rest.length > 0), first, rest.length === 0);
      for (const [at, stage] of rest.entries()) {
        if (rows.length === 0) return [];
        const query = this.#nearest(stage)
          .bypassVectorIndex()
          .where([idIn(rows.map((it) => it.id)), ...where].join(' AND '));
        rows = await this.#rows(query, stage, at === rest.length - 1);
      }
      return rows.map(({ id, score, record }) => ({ imageId: id, score, record: JSON.parse(record) }) as Hit);
    });
  }

  #nearest({ vector, query, limit }: SearchStage): VectorQuery {
    const column = vectorColumn(this.schema, vector);
    return this.table.vectorSearch(query).column(column).distanceType('cosine').limit(limit);
  }

  /** @param isOrderedAnew by a next stage. */
  #candidates(stage: SearchStage, where: readonly string[], isOrderedAnew: boolean): VectorQuery {
    const query = this.#nearest(stage);
    const [filter] = where;
    if (filter !== undefined) query.where(filter);
    if (stage.exact) return query.bypassVectorIndex();
    // The refine factor makes LanceDB read the originals of limit × factor candidates and order by their true cosine.
    const refine = Math.max(1, Math.ceil(stage.oversampling ?? DEFAULT_OVERSAMPLING));
    const ef = Math.max(stage.ef ?? DEFAULT_EF, stage.limit * refine);
    query.ef(ef).nprobes(MAX_PARTITIONS_PROBED);
    // Of exactly as many as go on to the next stage it would only change the order.
    return refine === 1 && isOrderedAnew ? query : query.refineFactor(refine);
  }

  async #rows(query: VectorQuery, stage: SearchStage, last: boolean): Promise<Row[]> {
    const table = await query.select(last ? ['id', 'record', '_distance'] : ['id', '_distance']).toArrow();
    const [ids, records, distances] = [table.getChild('id'), table.getChild('record'), table.getChild('_distance')];
    const rows = Array.from({ length: table.numRows }, (_, at) => ({
      id: ids?.get(at) as string,
      // The distance is rounded to float32, so of the same vector it may be a little below 0.
      score: Math.min(1, Math.max(-1, 1 - (distances?.get(at) as number))),
      record: (records?.get(at) ?? '') as string,
    }));
    rows.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return rows.slice(0, stage.limit);
  }

  /** Of one version of the table, batch by batch: LanceDB has no way to group. */
  async facets({ subjects, filter, limit }: CheckedFacets): Promise<Omit<FacetsAnswer, 'generation'>> {
    const columns = subjects.map(({ name }) => filterColumn(this.schema, name));
    return this.#read(async () => {
      const memory = new FacetMemory();
      const counted = subjects.map((subject, at) => ({
        subject,
        column: columns[at] ?? '',
        counter: new FacetCounter(subject, limit, memory),
      }));
      let images = 0;
      const query = this.table.query().where(this.#inStates(['ready'], filter));
      for await (const batch of query.select(columns.length > 0 ? columns : ['state'])) {
        images += batch.numRows;
        for (const { column, counter } of counted) counter.add(batch.getChild(column));
      }
      return { images, facets: counted.map(({ subject, counter }) => facetOf(subject, counter.counts())) };
    });
  }

  #inStates(states: readonly ImageRecordState[], filter: CheckedFilter | undefined): string {
    const numbers = states.map((it) => STATES.indexOf(it)).join(', ');
    const condition = filter === undefined ? '' : ` AND ${filterSql(filter, this.schema)}`;
    return `state IN (${numbers})${condition}`;
  }

  async list({ states, filter, after, limit }: CheckedList): Promise<StoredRecord[]> {
    const where = this.#inStates(states, filter) + (after === undefined ? '' : ` AND id > ${quoted(after)}`);
    return this.#read(async () => {
      const query = this.table.query().where(where).select(['id', 'record']);
      const { batches } = await query.orderBy({ columnName: 'id', ascending: true }).limit(limit).toArrow();
      return batches.flatMap((batch) => fromArrow(batch, this.schema, RECORDS_ALONE));
    });
  }

  async fetch(imageIds: readonly string[], wanted: WantedColumns): Promise<StoredRecord[]> {
    const ids = [...new Set(imageIds)];
    const found: StoredRecord[] = [];
    for (let at = 0; at < ids.length; at += IDS_PER_READ) {
      const where = idIn(ids.slice(at, at + IDS_PER_READ));
      // Made anew at each try: a query of a closed table stays closed.
      const read = async () => {
        const query = this.table.query().where(where).select(columnsOf(this.schema, wanted));
        const { batches } = await query.toArrow();
        return batches.flatMap((batch) => fromArrow(batch, this.schema, wanted));
      };
      found.push(...(await this.#read(read)));
    }
    return found;
  }

  /** Page by page in the order of ids, so that no read is long and no more than a batch of vectors is in memory. */
  async *scan(wanted: WantedColumns, batchSize: number): AsyncGenerator<StoredRecord[]> {
    for (let page = await this.#idsAfter(null); page.length > 0; page = await this.#idsAfter(page.at(-1) ?? null)) {
      for (let at = 0; at < page.length; at += batchSize) {
        yield await this.fetch(page.slice(at, at + batchSize), wanted);
      }
    }
  }

  #idsAfter(last: string | null): Promise<string[]> {
    return this.#read(async () => {
      const query = this.table
        .query()
        .select(['id'])
        .orderBy({ columnName: 'id', ascending: true })
        .limit(IDS_PER_PAGE);
      if (last !== null) query.where(`id > ${quoted(last)}`);
      const table = await query.toArrow();
      return Array.from({ length: table.numRows }, (_, at) => table.getChild('id')?.get(at) as string);
    });
  }

  count(): Promise<StateCounts> {
    return this.#counter.count();
  }

  async #countAnew(): Promise<StateCounts> {
    const counts = () => Promise.all(STATES.map((_, at) => this.table.countRows(`state = ${at}`)));
    const [ready = 0, failed = 0, deleted = 0] = await this.#read(counts);
    return { ready, failed, deleted };
  }

  /**
   * A look-up and a walk as short as can be. Together with the count at the start it finds files that are missing or cut
   * short; other bytes in the middle of a file are found by who reads just them.
   */
  async check(): Promise<void> {
    try {
      await this.fetch([NO_IMAGE], RECORDS_ALONE);
      for (const { name, size, role } of this.schema.vectors) {
        if (role !== 'searched') continue;
        const stage = { vector: name, query: new Float32Array(size).fill(1), limit: 1 };
        // Only in graphs, of which one partition is enough: rows outside are compared one by one, megabytes of them.
        await this.#read(() => this.#rows(this.#nearest(stage).ef(1).nprobes(1).fastSearch(), stage, true));
      }
    } catch (error) {
      throw this.table.isOpen()
        ? checkError(this.#home, `Generation ${this.name} of the index cannot be read.`, error)
        : error;
    }
  }

  /** It has just become live, so its graphs are now worth their upkeep. */
  liven(): void {
    this.#maintenance.schedule();
  }

  settle(): Promise<void> {
    return this.#maintenance.settle();
  }

  async close(): Promise<void> {
    await this.#maintenance.stop();
    await this.#writer.close();
    this.table.close();
  }

  /** Repeats a read whose version was pruned under it. */
  async #read<T>(body: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await body();
      } catch (cause) {
        if (attempt < READ_ATTEMPTS && this.table.isOpen()) continue;
        throw this.#asError(`Generation ${this.name} of the index cannot be read.`, cause);
      }
    }
  }
}

interface Row {
  readonly id: string;
  readonly score: number;
  readonly record: string;
}

function idIn(ids: readonly string[]): string {
  return `id IN (${ids.map(quoted).join(', ')})`;
}
