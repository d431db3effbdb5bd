import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import {
  checkForgettable,
  checkRecordSize,
  checkTopicConfig,
  type EventLog,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  type NextOffsets,
  type Position,
  partitionOf,
  type ReadOptions,
  type SubscribeOptions,
  type Subscription,
  type TopicConfig,
  type Watermarks,
} from '#core';
import { Compactor } from './compactor.js';
import { GroupCommit } from './group-commit.js';
import { GroupMembership, type Reassignment } from './group-membership.js';
import { openLogFile } from './log-file.js';
import { RecordStore, type StoredTopic, sizeOf } from './record-store.js';
import { SqliteSubscription } from './sqlite-subscription.js';
import { asLogError } from './storage-errors.js';

export interface SqliteLogOptions {
  /** Made when missing. One process at a time. */
  readonly folder: string;
  /** Key, value and headers together. */
  readonly maxRecordBytes: number;
  /** A failed compaction in the background, once per failure; it is tried again by itself. */
  readonly onBackgroundError: (error: unknown) => void;
  /** How many superseded records of compact topics start the background compaction. */
  readonly compactAfterRecords?: number;
}

/** Appends waiting for the next transaction. A larger waiting queue is written at once. */
const TRANSACTION_MAX_BYTES = 1_048_576;
/** What a record or a commit costs beside its bytes, so that a queue of empty ones has a limit too. */
const WRITE_OVERHEAD_BYTES = 64;
/** One transaction's. */
const FORGOTTEN_AT_ONCE = 64;
const READ_PAGE = { maxRecords: 256, maxBytes: 1_048_576 };

/**
 * The log in one SQLite file. Errors beside the port's: `data-folder-in-use` when another process has the folder;
 * `invalid-setting` when the file is another program's or version's; `log-unavailable` when the disk is full, failing
 * or read-only; `log-damaged`, with what can be done, when the file is.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteEventLog> {
  const db = await openLogFile(options.folder);
  try {
    return new SqliteEventLog(db, options);
  } catch (error) {
    db.close();
    throw asLogError(error);
  }
}

interface Group {
  readonly members: GroupMembership<SqliteSubscription>;
  /** One move after the other: the next begins when all members have let go of what the one before took away. */
  moves: Promise<void>;
}

interface Topic extends StoredTopic {
  readonly groups: Map<string, Group>;
  readonly subscriptions: Set<SqliteSubscription>;
}

export class SqliteEventLog implements EventLog {
  private readonly store: RecordStore;
  private readonly writes: GroupCommit;
  private readonly compactor: Compactor;
  private readonly topics = new Map<string, Topic>();
  private readonly maxRecordBytes: number;
  private isClosed = false;

  constructor(
    private readonly db: Database,
    { maxRecordBytes, onBackgroundError, compactAfterRecords = 1024 }: SqliteLogOptions,
  ) {
    this.maxRecordBytes = maxRecordBytes;
    this.store = new RecordStore(db);
    this.writes = new GroupCommit((work) => this.tryStorage(() => this.store.transact(work)), TRANSACTION_MAX_BYTES);
    this.compactor = new Compactor(this.store, compactAfterRecords, onBackgroundError);
  }

  async ensureTopic(topic: string, config: TopicConfig): Promise<void> {
    this.checkOpen();
    checkTopicConfig(config);
    const found = this.tryStorage(() => this.store.topic(topic))?.config;
    if (found === undefined) {
      this.tryStorage(() => this.store.transact(() => this.store.addTopic(topic, config)));
    }
    await this.checkTopic(topic, config);
  }

  async checkTopic(topic: string, config: TopicConfig): Promise<void> {
    const { config: found } = this.topic(topic);
    if (found.partitions === config.partitions && found.retention === config.retention) return;
    const facts = { topic, found, wanted: { partitions: config.partitions, retention: config.retention } };
    const sentence = `Topic ${topic} has ${described(found)}, not ${described(config)}; neither can be changed.`;
    throw new LookalikeError('topic-mismatch', sentence, { facts });
  }

  async append(topicName: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    const topic = this.topic(topicName);
    const headers = records.map((record) => JSON.stringify(record.headers));
    const sizes = records.map((record, i) => this.checkedSize(record, headers[i] ?? ''));
    const sizeBytes = sizes.reduce((sum, size) => sum + size + WRITE_OVERHEAD_BYTES, 0);
    let superseded = 0;
    const positions = await this.writes.run(sizeBytes, () =>
      records.map((record, i): Position => {
        const partition = partitionOf(record.key, topic.config.partitions);
        const [offset, hasSuperseded] = this.store.add(topic, partition, record, headers[i] ?? '');
        if (hasSuperseded) superseded += 1;
        return { partition, offset };
      }),
    );
    for (const subscription of topic.subscriptions) subscription.wake();
    this.compactor.noteSuperseded(superseded);
    return positions;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const topic = this.topic(options.topic);
    const group = topic.groups.get(options.group) ?? newGroup(topic.config.partitions);
    const subscription = new SqliteSubscription(this.store, topic, options, {
      commit: (member, next) => this.commit(group, member, next),
      leave: (member) => {
        topic.subscriptions.delete(member);
        const forget = () => topic.groups.delete(options.group);
        this.move(group, () => group.members.leave(member), forget);
      },
    });
    topic.groups.set(options.group, group);
    topic.subscriptions.add(subscription);
    this.move(group, () => group.members.join(subscription));
    return subscription;
  }

  async *read({ topic: topicName, partition, from, to }: ReadOptions): AsyncIterable<LogRecord> {
    const topic = this.topic(topicName);
    if (!Number.isInteger(partition) || partition < 0 || partition >= topic.config.partitions) {
      throw new LookalikeError('invalid-request', `Topic ${topicName} has no partition ${partition}.`);
    }
    const high = this.tryStorage(() => this.store.highOf(topic, partition));
    const end = Math.min(to ?? high, high);
    let next = Math.max(0, from);
    while (next < end) {
      if (this.topic(topicName) !== topic) throw topicUnknown(topicName);
      const { records } = this.tryStorage(() => this.store.page(topic, partition, next, end, READ_PAGE));
      yield* records;
      next = (records.at(-1)?.offset ?? end) + 1;
      await nextTurn();
    }
  }

  async watermarks(topicName: string): Promise<readonly Watermarks[]> {
    const topic = this.topic(topicName);
    const high = (_: unknown, partition: number) => ({
      partition,
      low: 0,
      high: this.store.highOf(topic, partition),
    });
    return this.tryStorage(() => Array.from({ length: topic.config.partitions }, high));
  }

  async committed(topicName: string, group: string): Promise<NextOffsets> {
    const topic = this.topic(topicName);
    return this.tryStorage(() => this.store.committed(topic, group));
  }

  async forget(topicName: string, positions: readonly Position[]): Promise<number | null> {
    const topic = this.topic(topicName);
    for (const it of positions) {
      checkForgettable(
        it,
        this.tryStorage(() => this.store.highOf(topic, it.partition)),
      );
    }
    for (let at = 0; at < positions.length; at += FORGOTTEN_AT_ONCE) {
      const some = positions.slice(at, at + FORGOTTEN_AT_ONCE);
      await this.writes.run(WRITE_OVERHEAD_BYTES * some.length, () => this.store.drop(topic, some));
    }
    await this.compactor.wipe();
    return 0;
  }

  async topicId(topic: string): Promise<string> {
    return String(this.topic(topic).id);
  }

  /** Readers and appends go on while the records go, in steps; when it has resolved the file is smaller. */
  async dropTopic(topicName: string, id: string): Promise<void> {
    this.checkOpen();
    const stored = this.tryStorage(() => this.store.topic(topicName));
    if (stored !== undefined && String(stored.id) === id) {
      const topic = this.topic(topicName);
      // What was asked for before is still written.
      this.writes.flush();
      this.tryStorage(() => this.store.transact(() => this.store.dropTopic(topic)));
      this.topics.delete(topicName);
      for (const subscription of topic.subscriptions) subscription.end(topicUnknown(topicName));
    }
    await this.compactor.purge();
    this.checkOpen();
  }

  async forgetGroup(topicName: string, groupName: string): Promise<void> {
    this.checkOpen();
    if (this.tryStorage(() => this.store.topic(topicName)) === undefined) return;
    const topic = this.topic(topicName);
    // Looked at inside the transaction: one may join while the write waits for its turn, and what was committed before is written.
    const isInUse = await this.writes.run(WRITE_OVERHEAD_BYTES, () => {
      if ([...topic.subscriptions].some(({ options }) => options.group === groupName)) return true;
      this.store.forgetGroup(topic, groupName);
      return false;
    });
    if (!isInUse) return;
    throw new LookalikeError('group-in-use', `Group ${groupName} has members.`, {
      facts: { topic: topicName, group: groupName },
    });
  }

  /** Drops superseded records of compact topics now, instead of when enough of them wait. */
  async compact(): Promise<void> {
    this.checkOpen();
    await this.compactor.run();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    // What was asked for before is still written; what comes later is refused.
    this.writes.flush();
    this.isClosed = true;
    this.compactor.stop();
    for (const { subscriptions } of this.topics.values()) {
      for (const subscription of subscriptions) subscription.end();
    }
    this.db.close();
  }

  private async commit(group: Group, member: SqliteSubscription, next: NextOffsets): Promise<void> {
    this.checkOpen();
    const { topic, options } = member;
    // Ownership is looked at inside the transaction: it may have moved while the write waited for its turn.
    const lost = await this.writes.run(WRITE_OVERHEAD_BYTES * next.size, () => {
      const owns = (partition: number) => !member.isClosed && group.members.owns(member, partition);
      const owned = [...next].filter(([partition]) => owns(partition));
      for (const [partition, offset] of owned) this.store.commit(topic, options.group, partition, offset);
      return [...next.keys()].filter((partition) => !owns(partition));
    });
    if (lost.length === 0) return;
    throw new LookalikeError('partition-lost', `Partitions ${lost.join(', ')} belong to another member of the group.`, {
      facts: { topic: topic.name, group: options.group, partitions: lost },
    });
  }

  private move(group: Group, change: () => Reassignment<SqliteSubscription>, forget: () => unknown = () => {}): void {
    const move = group.moves.then(async () => {
      if (this.isClosed) return;
      // Commits asked for before the move count, and the new owner starts after them.
      this.writes.flush();
      const { revoked, granted } = change();
      await Promise.all([...revoked].map(([member, partitions]) => member.revoke(partitions)));
      for (const [member, partitions] of granted) member.grant(partitions);
      // Unless somebody waits to join it.
      if (group.members.isEmpty() && group.moves === move) forget();
    });
    group.moves = move;
  }

  private topic(name: string): Topic {
    this.checkOpen();
    const known = this.topics.get(name);
    if (known !== undefined) return known;
    const stored = this.tryStorage(() => this.store.topic(name));
    if (stored === undefined) throw topicUnknown(name);
    const topic = { ...stored, groups: new Map(), subscriptions: new Set<SqliteSubscription>() };
    this.topics.set(name, topic);
    return topic;
  }

  private checkedSize(record: NewRecord, headers: string): number {
    const sizeBytes = sizeOf(record, headers);
    checkRecordSize(record.key, sizeBytes, this.maxRecordBytes);
    return sizeBytes;
  }

  private tryStorage<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asLogError(error);
    }
  }

  private checkOpen(): void {
    if (this.isClosed) throw new LookalikeError('log-closed', 'The log is closed.');
  }
}

function topicUnknown(name: string): LookalikeError {
  return new LookalikeError('topic-unknown', `There is no topic ${name}.`);
}

function newGroup(partitions: number): Group {
  return { members: new GroupMembership(partitions), moves: Promise.resolve() };
}

function described({ partitions, retention }: TopicConfig): string {
  return `${partitions} partitions and retention "${retention}"`;
}
