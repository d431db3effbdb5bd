import { randomUUID } from 'node:crypto';
import type {
  BatchLimits,
  EventLog,
  LogRecord,
  NewRecord,
  NextOffsets,
  Position,
  ReadOptions,
  Subscription,
  TopicConfig,
  Watermarks,
} from '#core';
import { LogReader } from './log-reader.js';
import { expectOffsetOrder } from './records.js';

export interface EventLogFixture {
  readonly log: EventLog;
  /** Crashes the log, without a goodbye to anything it had handed out, and opens another on what it had stored. */
  reopen(): Promise<EventLog>;
  /** Closes whatever is open and removes what was stored. */
  cleanup(): Promise<void>;
  /** Resolves when a compact topic's superseded records are gone. Absent where that cannot be asked for. */
  compact?(topic: string): Promise<void>;
}

export interface EventLogSettings {
  readonly maxRecordBytes: number;
}

export type EventLogFactory = (settings: EventLogSettings) => Promise<EventLogFixture>;

export const MAX_RECORD_BYTES = 100_000;
export const ROOMY = { maxRecords: 1000, maxBytes: 10_000_000, maxWaitMs: 0 };
export const FOREVER: TopicConfig = { partitions: 4, retention: 'forever' };

/** The log of the running case, through one topic of its own, so that adapters may share one server between cases. */
export class LogUnderTest {
  readonly topic = `contract-${randomUUID()}`;

  private constructor(
    private readonly fixture: EventLogFixture,
    private log: EventLog,
  ) {}

  static async open(factory: EventLogFactory): Promise<LogUnderTest> {
    const fixture = await factory({ maxRecordBytes: MAX_RECORD_BYTES });
    return new LogUnderTest(fixture, fixture.log);
  }

  /** The log after a crash; subscriptions taken before belong to the log that crashed. */
  async reopen(): Promise<void> {
    this.log = await this.fixture.reopen();
  }

  cleanup(): Promise<void> {
    return this.fixture.cleanup();
  }

  get canCompact(): boolean {
    return this.fixture.compact !== undefined;
  }

  async compact(): Promise<void> {
    await this.fixture.compact?.(this.topic);
  }

  ensureTopic(config: Partial<TopicConfig> = {}): Promise<void> {
    return this.log.ensureTopic(this.topic, { ...FOREVER, ...config });
  }

  checkTopic(config: Partial<TopicConfig> = {}): Promise<void> {
    return this.log.checkTopic(this.topic, { ...FOREVER, ...config });
  }

  append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    return this.log.append(this.topic, records);
  }

  subscribe(limits: BatchLimits = ROOMY, group = 'group'): Promise<Subscription> {
    return this.log.subscribe({ topic: this.topic, group, limits });
  }

  reader(group = 'group', untilLetGo?: () => Promise<void>): Promise<LogReader> {
    return LogReader.start(this.log, { topic: this.topic, group, limits: ROOMY }, untilLetGo);
  }

  read(range: Omit<ReadOptions, 'topic'>): AsyncIterable<LogRecord> {
    return this.log.read({ topic: this.topic, ...range });
  }

  async readPartition(partition: number, from = 0, to?: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for await (const it of this.read(to === undefined ? { partition, from } : { partition, from, to }))
      records.push(it);
    expectOffsetOrder(records);
    return records;
  }

  async readAll(): Promise<LogRecord[]> {
    const partitions = await this.watermarks();
    return (await Promise.all(partitions.map((it) => this.readPartition(it.partition)))).flat();
  }

  watermarks(): Promise<readonly Watermarks[]> {
    return this.log.watermarks(this.topic);
  }

  committed(group: string): Promise<NextOffsets> {
    return this.log.committed(this.topic, group);
  }

  forget(positions: readonly Position[]): Promise<number | null> {
    return this.log.forget(this.topic, positions);
  }

  topicId(): Promise<string> {
    return this.log.topicId(this.topic);
  }

  /** @param id default: of the topic that is there. */
  async dropTopic(id?: string): Promise<void> {
    await this.log.dropTopic(this.topic, id ?? (await this.topicId()));
  }

  forgetGroup(group = 'group'): Promise<void> {
    return this.log.forgetGroup(this.topic, group);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
