import {
  checkForgettable,
  checkRecordSize,
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

interface StoredTopic {
  readonly id: string;
  readonly config: TopicConfig;
  /** By partition, in offset order; compaction leaves gaps. */
  readonly records: LogRecord[][];
  /** The next offset of each partition. */
  readonly high: number[];
  /** group → partition → next offset. */
  readonly commits: Map<string, Map<number, number>>;
}

/** What a disk would hold: survives the log that wrote it. */
export class MemoryLogStorage {
  readonly topics = new Map<string, StoredTopic>();
  /** Ever. */
  topicsMade = 0;
}

/** The model of an event log: plain arrays, nothing clever. To crash it, close it and open another on its storage. */
export class MemoryEventLog implements EventLog {
  private readonly members = new Map<string, MemorySubscription[]>();
  /** By group: one after the other. */
  private readonly moves = new Map<string, Promise<void>>();
  private isClosed = false;

  constructor(
    private readonly storage = new MemoryLogStorage(),
    private readonly maxRecordBytes = 1_048_576,
  ) {}

  async ensureTopic(topic: string, config: TopicConfig): Promise<void> {
    this.checkOpen();
    const found = this.storage.topics.get(topic)?.config;
    if (found === undefined) {
      this.storage.topicsMade += 1;
      this.storage.topics.set(topic, {
        id: String(this.storage.topicsMade),
        config: { ...config },
        records: Array.from({ length: config.partitions }, () => []),
        high: Array.from({ length: config.partitions }, () => 0),
        commits: new Map(),
      });
    }
    await this.checkTopic(topic, config);
  }

  async checkTopic(topic: string, config: TopicConfig): Promise<void> {
    const { config: found } = this.topic(topic);
    if (found.partitions === config.partitions && found.retention === config.retention) return;
    throw new LookalikeError('topic-mismatch', `Topic ${topic} is not as asked.`, {
      facts: { topic, found, wanted: config },
    });
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    const stored = this.topic(topic);
    for (const record of records) this.checkSize(record);
    const positions = records.map((record) => {
      const partition = partitionOf(record.key, stored.config.partitions);
      const offset = at(stored.high, partition);
      stored.high[partition] = offset + 1;
      at(stored.records, partition).push({
        topic,
        partition,
        offset,
        timestampMs: Date.now(),
        key: record.key,
        value: record.value === null ? null : Uint8Array.from(record.value),
        headers: { ...record.headers },
      });
      return { partition, offset };
    });
    this.wakeAll();
    return positions;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const stored = this.topic(options.topic);
    const name = groupName(options);
    const commits = stored.commits.get(options.group) ?? new Map<number, number>();
    stored.commits.set(options.group, commits);
    const member: MemorySubscription = new MemorySubscription(stored, commits, options, () => {
      this.rebalance(
        name,
        (this.members.get(name) ?? []).filter((it) => it !== member),
      );
    });
    this.rebalance(name, [...(this.members.get(name) ?? []), member]);
    return member;
  }

  async *read({ topic, partition, from, to }: ReadOptions): AsyncIterable<LogRecord> {
    const stored = this.topic(topic);
    const end = Math.min(to ?? Number.POSITIVE_INFINITY, at(stored.high, partition));
    for (const record of at(stored.records, partition).filter((it) => it.offset >= from && it.offset < end)) {
      if (this.topic(topic) !== stored) throw topicUnknown(topic);
      yield record;
    }
  }

  async watermarks(topic: string): Promise<readonly Watermarks[]> {
    return this.topic(topic).high.map((high, partition) => ({ partition, low: 0, high }));
  }

  async committed(topic: string, group: string): Promise<NextOffsets> {
    return new Map(this.topic(topic).commits.get(group));
  }

  async forget(topic: string, positions: readonly Position[]): Promise<number | null> {
    const { records, high } = this.topic(topic);
    for (const { partition, offset } of positions) {
      checkForgettable({ partition, offset }, at(high, partition));
      const left = at(records, partition).filter((it) => it.offset !== offset);
      records[partition] = left;
    }
    this.compact(topic);
    return 0;
  }

  async topicId(topic: string): Promise<string> {
    return this.topic(topic).id;
  }

  async dropTopic(topic: string, id: string): Promise<void> {
    this.checkOpen();
    const stored = this.storage.topics.get(topic);
    if (stored?.id !== id) return;
    this.storage.topics.delete(topic);
    for (const [name, members] of this.members) {
      if (!members.some((it) => it.isOf(stored))) continue;
      this.members.delete(name);
      for (const member of members) member.end('topic-unknown');
    }
  }

  async forgetGroup(topic: string, group: string): Promise<void> {
    this.checkOpen();
    if ((this.members.get(groupName({ topic, group })) ?? []).length > 0) throw groupInUse(topic, group);
    this.storage.topics.get(topic)?.commits.delete(group);
  }

  /** Drops what is superseded. A real log does this by itself, at a time of its own. */
  compact(topic: string): void {
    const { config, records: partitions } = this.topic(topic);
    if (config.retention === 'forever') return;
    for (const records of partitions) {
      const last = new Map(records.map((it) => [it.key, it.offset]));
      records.splice(0, records.length, ...records.filter((it) => last.get(it.key) === it.offset));
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const member of [...this.members.values()].flat()) member.end('log-closed');
    this.members.clear();
  }

  private rebalance(group: string, members: readonly MemorySubscription[]): void {
    const gone = (this.members.get(group) ?? []).filter((it) => !members.includes(it));
    this.members.set(group, [...members]);
    const before = this.moves.get(group) ?? Promise.resolve();
    const mine = (index: number) => (partition: number) => partition % members.length === index;
    const move = before.then(async () => {
      await Promise.all(gone.map((member) => member.keepOnly(() => false)));
      await Promise.all(members.map((member, index) => member.keepOnly(mine(index))));
      members.forEach((member, index) => {
        member.take(mine(index));
      });
    });
    this.moves.set(group, move);
  }

  private wakeAll(): void {
    for (const member of [...this.members.values()].flat()) member.wake();
  }

  private topic(name: string): StoredTopic {
    this.checkOpen();
    const topic = this.storage.topics.get(name);
    if (topic === undefined) throw topicUnknown(name);
    return topic;
  }

  private checkSize({ key, value, headers }: NewRecord): void {
    const headerBytes = Buffer.byteLength(JSON.stringify(headers));
    checkRecordSize(key, Buffer.byteLength(key) + (value?.length ?? 0) + headerBytes, this.maxRecordBytes);
  }

  private checkOpen(): void {
    if (this.isClosed) throw new LookalikeError('log-closed', 'The log is closed.');
  }
}

class MemorySubscription implements Subscription {
  /** The partitions this member has, each with the next offset to hand out. */
  private readonly cursors = new Map<number, number>();
  private readonly waiting = new Set<() => void>();
  private ended: 'no' | 'left' | 'log-closed' | 'topic-unknown' = 'no';

  constructor(
    private readonly stored: StoredTopic,
    private readonly commits: Map<number, number>,
    private readonly options: SubscribeOptions,
    private readonly leave: () => void,
  ) {}

  async next(): Promise<readonly LogRecord[] | null> {
    while (this.ended === 'no') {
      await this.waitUntil(() => this.nextBatch().records.length > 0);
      await this.waitUntil(() => this.nextBatch().isFull, performance.now() + this.options.limits.maxWaitMs);
      const { records } = this.nextBatch();
      if (this.ended !== 'no' || records.length === 0) continue;
      for (const { partition, offset } of records) this.cursors.set(partition, offset + 1);
      return records;
    }
    if (this.ended === 'topic-unknown') throw topicUnknown(this.options.topic);
    return null;
  }

  isOf(topic: StoredTopic): boolean {
    return this.stored === topic;
  }

  async commit(next: NextOffsets): Promise<void> {
    if (this.ended === 'log-closed') throw new LookalikeError('log-closed', 'The log is closed.');
    const owns = (partition: number) => this.ended === 'no' && this.cursors.has(partition);
    const lost = [...next.keys()].filter((partition) => !owns(partition));
    for (const [partition, offset] of next) {
      if (owns(partition)) {
        this.commits.set(partition, Math.max(offset, this.commits.get(partition) ?? 0));
      }
    }
    if (lost.length > 0) {
      throw new LookalikeError('partition-lost', `Partitions ${lost.join(', ')} belong to another member.`, {
        facts: { partitions: lost },
      });
    }
  }

  async close(): Promise<void> {
    if (this.ended !== 'no') return;
    this.end('left');
    this.leave();
  }

  end(how: 'left' | 'log-closed' | 'topic-unknown'): void {
    this.ended = how;
    this.wake();
  }

  async keepOnly(isMine: (partition: number) => boolean): Promise<void> {
    const lost = [...this.cursors.keys()].filter((partition) => !isMine(partition));
    for (const partition of lost) this.cursors.delete(partition);
    if (lost.length > 0 && this.ended === 'no') await this.options.onRevoked?.(lost);
  }

  take(isMine: (partition: number) => boolean): void {
    for (const partition of this.stored.high.keys()) {
      if (isMine(partition) && !this.cursors.has(partition)) {
        this.cursors.set(partition, this.commits.get(partition) ?? 0);
      }
    }
    this.wake();
  }

  wake(): void {
    for (const resume of this.waiting) resume();
  }

  /** What `next()` would hand out now. */
  private nextBatch(): { records: readonly LogRecord[]; isFull: boolean } {
    const { maxRecords, maxBytes } = this.options.limits;
    const records: LogRecord[] = [];
    let sizeBytes = 0;
    for (const [partition, next] of this.cursors) {
      for (const record of at(this.stored.records, partition)) {
        if (record.offset < next) continue;
        const size = record.value?.length ?? 0;
        if (records.length === maxRecords || (records.length > 0 && sizeBytes + size > maxBytes)) {
          return { records, isFull: true };
        }
        records.push(record);
        sizeBytes += size;
      }
    }
    return { records, isFull: records.length === maxRecords || sizeBytes >= maxBytes };
  }

  private async waitUntil(condition: () => boolean, deadlineMs?: number): Promise<void> {
    while (this.ended === 'no' && !condition()) {
      const leftMs = deadlineMs === undefined ? undefined : deadlineMs - performance.now();
      if (leftMs !== undefined && leftMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = leftMs === undefined ? undefined : setTimeout(() => resume(), leftMs);
        const resume = () => {
          clearTimeout(timer);
          this.waiting.delete(resume);
          resolve();
        };
        this.waiting.add(resume);
      });
    }
  }
}

function groupName({ topic, group }: Pick<SubscribeOptions, 'topic' | 'group'>): string {
  return JSON.stringify([topic, group]);
}

function topicUnknown(topic: string): LookalikeError {
  return new LookalikeError('topic-unknown', `There is no topic ${topic}.`);
}

function groupInUse(topic: string, group: string): LookalikeError {
  return new LookalikeError('group-in-use', `Group ${group} has members.`, { facts: { topic, group } });
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new LookalikeError('invalid-request', `There is no partition ${index}.`);
  return item;
}
