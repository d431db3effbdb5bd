import type { Table } from '@lancedb/lancedb';
import type { GenerationSchema, VectorRecord } from '#core';
import { STATES, toArrow } from './columns.js';
import { IdFilter } from './id-filter.js';
import type { Maintenance } from './maintenance.js';
import type { StateCounter } from './state-counter.js';
import type { WriterQueue } from './writer-queue.js';

/** Bytes of vectors in one write: it is copied twice on its way into LanceDB. */
const WRITE_BYTES = 32 * 2 ** 20;
const FAILED = STATES.indexOf('failed');
/** As `winsAgainst` has it. */
const WINS =
  'target.version < source.version OR ' +
  `(target.version = source.version AND target.state = ${FAILED} AND source.state <> ${FAILED})`;

/**
 * Puts records into one table, so that no image ever has two rows. Those of images that are surely new are appended, the
 * others merged by their versions: a merge compares with every id that is there, so that a load would take ever longer.
 */
export class RecordWriter {
  /** Read by the first write, and then kept up by all: in use as long as the process is the table's only writer. */
  #ids: IdFilter | null = null;

  constructor(
    private readonly table: Table,
    private readonly schema: GenerationSchema,
    private readonly writer: WriterQueue,
    private readonly counter: StateCounter,
    private readonly maintenance: Maintenance,
  ) {}

  /** Each image at most once: twice the same key in one write would become two rows. @returns how many have won. */
  async write(records: readonly VectorRecord[]): Promise<number> {
    let changed = 0;
    for (const part of this.#parts(records)) {
      const { appended, rest } = await this.writer.run(() => this.#append(part));
      changed += appended;
      if (rest.length > 0) changed += await this.writer.run(() => this.#merge(rest));
    }
    return changed;
  }

  #parts(records: readonly VectorRecord[]): VectorRecord[][] {
    const rowBytes = this.schema.vectors.reduce((sum, it) => sum + it.size * 4, 1024);
    const size = Math.max(1, Math.floor(WRITE_BYTES / rowBytes));
    return Array.from({ length: Math.ceil(records.length / size) }, (_, at) =>
      records.slice(at * size, (at + 1) * size),
    );
  }

  /** @returns those that may be there already, beside how many were not. */
  async #append(records: readonly VectorRecord[]): Promise<{ appended: number; rest: readonly VectorRecord[] }> {
    const ids = await this.#knownIds();
    const rest = records.filter((it) => ids.mayHave(it.imageId));
    if (rest.length === records.length) return { appended: 0, rest };
    const fresh = records.filter((it) => !ids.mayHave(it.imageId));
    // Before they are written: what failed may have landed all the same, and then its repetition has to be a merge.
    for (const { imageId } of fresh) ids.add(imageId);
    await this.counter.write(fresh, async () => {
      await this.table.add(toArrow(fresh, this.schema));
      return { numInsertedRows: fresh.length };
    });
    this.maintenance.written(fresh.length);
    return { appended: fresh.length, rest };
  }

  async #merge(records: readonly VectorRecord[]): Promise<number> {
    const merge = this.table
      .mergeInsert('id')
      .useIndex(this.maintenance.isIdIndexFresh)
      .whenMatchedUpdateAll({ where: WINS })
      .whenNotMatchedInsertAll();
    const result = await this.counter.write(records, () => merge.execute(toArrow(records, this.schema)));
    const changed = result.numInsertedRows + result.numUpdatedRows;
    this.maintenance.written(changed);
    return changed;
  }

  /** 0.4 s at a million rows. */
  async #knownIds(): Promise<IdFilter> {
    if (this.#ids !== null) return this.#ids;
    const ids = new IdFilter();
    for await (const batch of this.table.query().select(['id'])) {
      const column = batch.getChild('id');
      for (let at = 0; at < batch.numRows; at++) ids.add(column?.get(at));
    }
    this.#ids = ids;
    return ids;
  }
}
