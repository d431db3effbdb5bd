import type { LogRecord, NewRecord } from '../log-record.js';
import type { NextOffsets, Position } from '../position.js';

export interface TopicConfig {
  /** Fixed for the topic's life: a key's partition, and so its order, depends on it. 1 to 1024. */
  readonly partitions: number;
  /**
   * `forever`: nothing is ever dropped. `compact`: of each key at least the last record is kept, older ones may go;
   * offsets never change, so readers see gaps.
   */
  readonly retention: 'forever' | 'compact';
}

/**
 * One partition's readable offsets: `low` is the first that can be read, `high` the next that will be written, or, while
 * a publisher's transaction is open, the first that cannot be read yet.
 */
export interface Watermarks {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** A batch ends at whichever limit comes first; a single record over `maxBytes` comes alone. */
export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long a batch that is not full waits for more after its first record, in milliseconds. */
  readonly maxWaitMs: number;
}

export interface SubscribeOptions {
  readonly topic: string;
  /** Members of one group share the topic's partitions; each partition has one member at a time. */
  readonly group: string;
  readonly limits: BatchLimits;
  /**
   * Called before partitions may move to another member, which waits until the promise has resolved or a limit of the
   * adapter has passed: it should resolve as soon as nothing of them is being written. What was handed out of them and
   * is not committed is void: it is delivered again, to the next owner, which may be this member; committing it from
   * here fails with `partition-lost`.
   */
  readonly onRevoked?: (partitions: readonly number[]) => Promise<void>;
}

/**
 * One member of a group. Pull-based and single-reader: the next batch is fetched when it is asked for, so the caller
 * decides how far to read ahead of its commits. Retrying, parsing, ordering of acknowledgements and dead letters are
 * the caller's job.
 */
export interface Subscription {
  /**
   * The next batch, possibly of several partitions, in offset order within each. Waits until there is a record; after a call
   * that failed it may also be empty, which tells that the log can be reached again.
   * `null` once the subscription is closed. Never called again before the previous call has settled.
   * @throws `log-unavailable` when the log cannot be reached; calling again goes on where it stopped. `topic-unknown` when the
   * topic was dropped.
   */
  next(): Promise<readonly LogRecord[] | null>;
  /**
   * Records that everything below the given offsets is done; durable when it resolves. Going back is ignored.
   * @throws `partition-lost` when a partition is no longer this member's; the others of the call are committed.
   */
  commit(next: NextOffsets): Promise<void>;
  /** Leaves the group. A waiting `next()` resolves to `null`. Commits nothing. Safe to call twice. */
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly topic: string;
  readonly partition: number;
  /** The first offset wanted; an offset below `low` starts at `low`. */
  readonly from: number;
  /** Where to stop, exclusive; never beyond the high watermark at the time of the call, which is the default. */
  readonly to?: number;
}

/**
 * An ordered, durable, partitioned log. Promises, each a case of the contract suite:
 * - `append` resolves when the records are durable; a crash afterwards loses none, a crash before leaves of each
 *   partition's records all, none or the first ones. Records of one key keep the order they were given in.
 * - Offsets of a partition grow, one at a time when written.
 * - A group is at-least-once: what is not committed is delivered again after a crash or a move of its partition.
 * - A new group starts at the low watermark.
 * - A topic that was dropped is gone for everybody who uses the log, and nothing of another topic is.
 */
export interface EventLog {
  /**
   * Creates the topic, or checks that it is as asked. @throws `topic-mismatch` with found and wanted; `invalid-setting`,
   * here and in every call, when the log refuses this client.
   */
  ensureTopic(topic: string, config: TopicConfig): Promise<void>;
  /** Whether it still is as it was made: somebody else may have changed it. @throws `topic-unknown`, `topic-mismatch`. */
  checkTopic(topic: string, config: TopicConfig): Promise<void>;
  /**
   * @returns each record's position, in the order given.
   * @throws `topic-unknown`, `record-too-large` (nothing is written), `overloaded` (nothing is written; try again later),
   * `log-unavailable` (try again; a record may then be there twice, which guarded writes make harmless).
   */
  append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** @throws `topic-unknown`. */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads a bounded range without a group. Memory stays bounded however long the range. @throws `topic-unknown`. */
  read(options: ReadOptions): AsyncIterable<LogRecord>;
  /** One entry per partition, in order. @throws `topic-unknown`. */
  watermarks(topic: string): Promise<readonly Watermarks[]>;
  /** The next offset of each partition that the group has committed; partitions without a commit are absent. */
  committed(topic: string, group: string): Promise<NextOffsets>;
  /**
   * Takes records out of the log whose bytes must not stay. A later record stands in the partition of each, and stays, as do
   * all positions: readers see a gap. Of a `compact` topic everything superseded goes as well. Doing it twice is harmless.
   * @returns in how many milliseconds at most the last of their bytes is gone from where the log keeps them: 0 when they are
   * gone, `null` when they stay for as long as the topic does.
   * @throws `topic-unknown`, `invalid-request` for a position behind which nothing stands.
   */
  forget(topic: string, positions: readonly Position[]): Promise<number | null>;
  /**
   * What tells the topic from others of its name, which were before it or come after it; 1 to 64 characters.
   * @throws `topic-unknown`.
   */
  topicId(topic: string): Promise<string>;
  /**
   * Drops the topic of that id, as `topicId` told it, with all its records, and where all groups stand in it; durable when it
   * resolves. Its subscriptions and reads end with `topic-unknown`. One that is not there, or has another id, stays as it is: a
   * call that comes late drops nothing that was made since. Made anew it is empty, and every group begins at its start.
   * @throws `log-unavailable`: it may be dropped all the same; call again.
   */
  dropTopic(topic: string, id: string): Promise<void>;
  /**
   * Forgets where a group stands in the only topic that it reads, so that its next member begins at the start; durable when it
   * resolves. Nothing is done where it has committed nothing. @throws `group-in-use` while it has members.
   */
  forgetGroup(topic: string, group: string): Promise<void>;
  /** Ends subscriptions and waiting reads; afterwards every call fails with `log-closed`. Safe to call twice. */
  close(): Promise<void>;
}
