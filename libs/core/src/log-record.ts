/** What is appended to a topic. */
export interface NewRecord {
  /** Decides the partition; records of one key keep their order. At most 1 KiB as UTF-8. */
  readonly key: string;
  /** `null` is a tombstone: compaction may drop it together with everything older of its key. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is read back. `partition` and `offset` are its position. */
export interface LogRecord extends Omit<NewRecord, 'key'> {
  /** `null` only for records that a foreign publisher wrote without a key. */
  readonly key: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the log took it, in milliseconds since 1970, UTC. */
  readonly timestampMs: number;
}
