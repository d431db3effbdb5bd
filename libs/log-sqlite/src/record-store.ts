import type { Database, Statement } from 'better-sqlite3';
import type { LogRecord, NewRecord, NextOffsets, Position, TopicConfig } from '#core';

export interface StoredTopic {
  readonly id: number;
  readonly name: string;
  readonly config: TopicConfig;
}

/** Before the id of a topic that was dropped; no name of a topic has a colon. */
const DROPPED = 'dropped:';

export interface PageLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export interface Page {
  readonly records: readonly LogRecord[];
  readonly sizeBytes: number;
  /** True when a limit ended the page, so there may be more. */
  readonly isFull: boolean;
}

/** What a record counts against byte limits. */
export function sizeOf(record: Pick<NewRecord, 'value'> & { readonly key: string | null }, headers: string): number {
  return Buffer.byteLength(record.key ?? '') + (record.value?.length ?? 0) + Buffer.byteLength(headers);
}

interface Row {
  readonly offset: number;
  readonly timestamp_ms: number;
  readonly key: string;
  readonly headers: string;
  readonly value: Buffer | null;
}

/** The tables as functions. Everything is synchronous; transactions and their errors are the caller's. */
export class RecordStore {
  /** `topic/partition` → next offset. Forgotten when a transaction fails. */
  private readonly high = new Map<string, number>();
  private readonly statements: ReturnType<typeof prepareAll>;

  constructor(private readonly db: Database) {
    this.statements = prepareAll(db);
  }

  /** All or nothing, durable when it returns. */
  transact<T>(work: () => T): T {
    const { begin, commit, rollback } = this.statements;
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      this.high.clear();
      // A full disk may have rolled back already.
      if (this.db.inTransaction) rollback.run();
      throw error;
    }
  }

  topic(name: string): StoredTopic | undefined {
    const row = this.statements.topic.get(name);
    if (row === undefined) return undefined;
    return { id: row.topic_id, name, config: { partitions: row.partitions, retention: row.retention } };
  }

  addTopic(name: string, { partitions, retention }: TopicConfig): void {
    this.statements.addTopic.run(name, partitions, retention);
  }

  /** The topic is gone with where its groups stand; its records are left, for `dropSomeOfDropped`. */
  dropTopic({ id }: StoredTopic): void {
    this.statements.renameTopic.run(`${DROPPED}${id}`, id);
    this.statements.forgetCommits.run(id);
  }

  forgetGroup(topic: StoredTopic, group: string): void {
    this.statements.forgetGroup.run(topic.id, group);
  }

  /** Whether records of dropped topics are left. */
  hasDropped(): boolean {
    return this.statements.droppedTopic.get(`${DROPPED}*`) !== undefined;
  }

  /** Drops up to `limit` records of dropped topics. @returns how many. */
  dropSomeOfDropped(limit: number): number {
    const topicId = this.statements.droppedTopic.get(`${DROPPED}*`);
    if (topicId === undefined) return 0;
    const rows = this.statements.someOfTopic.all(topicId, limit);
    for (const { record_id, key } of rows) {
      this.statements.dropRecord.run(record_id);
      // Its number may be given again.
      this.statements.dropSuperseded.run(record_id);
      this.statements.dropLatest.run(topicId, key);
    }
    return rows.length;
  }

  /** The offset after the last record. */
  highOf(topic: StoredTopic, partition: number): number {
    const name = `${topic.id}/${partition}`;
    const high = this.high.get(name) ?? (this.statements.lastOffset.get(topic.id, partition) ?? -1) + 1;
    this.high.set(name, high);
    return high;
  }

  /** @returns the record's offset, and whether it superseded another. */
  add(topic: StoredTopic, partition: number, record: NewRecord, headers: string): [number, boolean] {
    const offset = this.highOf(topic, partition);
    const id = this.statements.add.run(topic.id, partition, offset, Date.now(), record.key, headers, record.value);
    this.high.set(`${topic.id}/${partition}`, offset + 1);
    return [offset, topic.config.retention === 'compact' && this.supersede(topic, record.key, id.lastInsertRowid)];
  }

  private supersede(topic: StoredTopic, key: string, recordId: number | bigint): boolean {
    const before = this.statements.latest.get(topic.id, key);
    this.statements.setLatest.run(topic.id, key, recordId);
    if (before === undefined) return false;
    this.statements.addSuperseded.run(before);
    return true;
  }

  /** Records of `[from, to)` in offset order within the limits; the first comes whatever its size. */
  page(topic: StoredTopic, partition: number, from: number, to: number, limits: PageLimits): Page {
    const records: LogRecord[] = [];
    let sizeBytes = 0;
    // Rows are fetched one by one, so a page of large records never stands in memory beyond its limit and one more.
    for (const row of this.statements.page.iterate(topic.id, partition, from, to, limits.maxRecords)) {
      const size = sizeOf(row, row.headers);
      if (records.length > 0 && sizeBytes + size > limits.maxBytes) return { records, sizeBytes, isFull: true };
      records.push(asRecord(topic, partition, row));
      sizeBytes += size;
    }
    const isFull = records.length >= limits.maxRecords || sizeBytes >= limits.maxBytes;
    return { records, sizeBytes, isFull };
  }

  committed(topic: StoredTopic, group: string): NextOffsets {
    return new Map(this.statements.committed.all(topic.id, group));
  }

  /** Going back is ignored. */
  commit(topic: StoredTopic, group: string, partition: number, nextOffset: number): void {
    this.statements.commitOffset.run(topic.id, group, partition, nextOffset);
  }

  /** How many records wait to be dropped; counts no further than `limit`. */
  countSuperseded(limit: number): number {
    return this.statements.countSuperseded.get(limit) ?? 0;
  }

  /** Drops up to `limit` superseded records, oldest first. @returns how many. */
  dropSuperseded(limit: number): number {
    const ids = this.statements.someSuperseded.all(limit);
    for (const id of ids) {
      this.statements.dropRecord.run(id);
      this.statements.dropSuperseded.run(id);
    }
    return ids.length;
  }

  /** Those that are there. */
  drop(topic: StoredTopic, positions: readonly Position[]): void {
    for (const { partition, offset } of positions) this.statements.dropAt.run(topic.id, partition, offset);
  }

  pages(): { total: number; free: number } {
    const simple = { simple: true };
    return {
      total: this.db.pragma('page_count', simple) as number,
      free: this.db.pragma('freelist_count', simple) as number,
    };
  }

  freePages(pages: number): void {
    this.db.pragma(`incremental_vacuum(${pages})`);
  }

  /** The file itself is cut only when the WAL has been copied into it. */
  checkpoint(): void {
    this.db.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Nothing of earlier states stays in the WAL. */
  emptyWal(): void {
    this.db.pragma('wal_checkpoint(TRUNCATE)');
  }
}

function asRecord(topic: StoredTopic, partition: number, row: Row): LogRecord {
  return {
    topic: topic.name,
    partition,
    offset: row.offset,
    timestampMs: row.timestamp_ms,
    key: row.key,
    value: row.value,
    headers: JSON.parse(row.headers),
  };
}

function prepareAll(db: Database) {
  const single = <Params extends unknown[], T>(sql: string) =>
    db.prepare(sql).pluck() as unknown as Statement<Params, T>;
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    topic: db.prepare<[string], { topic_id: number; partitions: number; retention: TopicConfig['retention'] }>(
      'SELECT topic_id, partitions, retention FROM topics WHERE name = ?',
    ),
    addTopic: db.prepare<[string, number, string]>('INSERT INTO topics (name, partitions, retention) VALUES (?, ?, ?)'),
    renameTopic: db.prepare<[string, number]>('UPDATE topics SET name = ? WHERE topic_id = ?'),
    forgetCommits: db.prepare<[number]>('DELETE FROM commits WHERE topic_id = ?'),
    forgetGroup: db.prepare<[number, string]>('DELETE FROM commits WHERE topic_id = ? AND group_name = ?'),
    droppedTopic: single<[string], number>(
      `SELECT topic_id FROM topics WHERE name GLOB ?
       AND EXISTS (SELECT 1 FROM records WHERE records.topic_id = topics.topic_id) LIMIT 1`,
    ),
    someOfTopic: db.prepare<[number, number], { record_id: number; key: string }>(
      'SELECT record_id, key FROM records WHERE topic_id = ? LIMIT ?',
    ),
    dropLatest: db.prepare<[number, string]>('DELETE FROM latest WHERE topic_id = ? AND key = ?'),
    lastOffset: single<[number, number], number | null>(
      'SELECT max(offset) FROM records WHERE topic_id = ? AND partition = ?',
    ),
    add: db.prepare<[number, number, number, number, string, string, Uint8Array | null]>(
      `INSERT INTO records (topic_id, partition, offset, timestamp_ms, key, headers, value)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    page: db.prepare<[number, number, number, number, number], Row>(
      `SELECT offset, timestamp_ms, key, headers, value FROM records
       WHERE topic_id = ? AND partition = ? AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?`,
    ),
    committed: db
      .prepare('SELECT partition, next_offset FROM commits WHERE topic_id = ? AND group_name = ?')
      .raw() as unknown as Statement<[number, string], [number, number]>,
    commitOffset: db.prepare<[number, string, number, number]>(
      `INSERT INTO commits (topic_id, group_name, partition, next_offset) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)`,
    ),
    latest: single<[number, string], number>('SELECT record_id FROM latest WHERE topic_id = ? AND key = ?'),
    setLatest: db.prepare<[number, string, number | bigint]>(
      `INSERT INTO latest (topic_id, key, record_id) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET record_id = excluded.record_id`,
    ),
    addSuperseded: db.prepare<[number]>('INSERT INTO superseded (record_id) VALUES (?)'),
    countSuperseded: single<[number], number>('SELECT count(*) FROM (SELECT 1 FROM superseded LIMIT ?)'),
    someSuperseded: single<[number], number>('SELECT record_id FROM superseded ORDER BY record_id LIMIT ?'),
    dropAt: db.prepare<[number, number, number]>(
      'DELETE FROM records WHERE topic_id = ? AND partition = ? AND offset = ?',
    ),
    dropRecord: db.prepare<[number]>('DELETE FROM records WHERE record_id = ?'),
    dropSuperseded: db.prepare<[number]>('DELETE FROM superseded WHERE record_id = ?'),
  };
}
