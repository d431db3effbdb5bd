import { type EventLog, isLookalikeError, LookalikeError, type NewRecord, type Position, partitionOf } from '#core';

/** Appended together. Below what any log's queue takes. */
const BATCH = { maxRecords: 1000, maxBytes: 524_288 };

interface Placed {
  readonly record: NewRecord;
  readonly position: Position;
}

/**
 * Fills a topic that was empty, and to which nobody else writes: so where a record will lie is known before it is written,
 * and what an earlier try has written is told from what is missing by its place. Both are verified.
 */
export class TopicCopy {
  readonly #next: number[];
  #batch: Placed[] = [];
  #batchBytes = 0;

  private constructor(
    private readonly log: EventLog,
    private readonly topic: string,
    /** Of each partition, the end of what was there when this copy began. */
    private readonly there: readonly number[],
  ) {
    this.#next = there.map(() => 0);
  }

  /** @throws `topic-unknown`. */
  static async begin(log: EventLog, topic: string): Promise<TopicCopy> {
    return new TopicCopy(
      log,
      topic,
      (await log.watermarks(topic)).map(({ high }) => high),
    );
  }

  get partitions(): number {
    return this.there.length;
  }

  get isEmpty(): boolean {
    return this.#next.every((it) => it === 0);
  }

  /** Where the next record of this key will lie. */
  placeOf(key: string): Position {
    const partition = partitionOf(key, this.partitions);
    return { partition, offset: this.#next[partition] ?? 0 };
  }

  /** The record is durable after the next `flush`. @throws as `flush`. */
  async add(record: NewRecord): Promise<Position> {
    const position = this.placeOf(record.key);
    this.#next[position.partition] = position.offset + 1;
    this.#batch.push({ record, position });
    this.#batchBytes += bytesOf(record);
    if (this.#batch.length >= BATCH.maxRecords || this.#batchBytes >= BATCH.maxBytes) await this.flush();
    return position;
  }

  /** @throws `log-mismatch` when somebody else has written to the topic, `record-too-large`, `log-unavailable`. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const isThere = ({ position }: Placed) => position.offset < (this.there[position.partition] ?? 0);
    await this.#requireSame(batch.filter(isThere));
    const missing = batch.filter((it) => !isThere(it));
    if (missing.length === 0) return;
    const positions = await this.#append(missing.map(({ record }) => record));
    for (const [i, { position }] of missing.entries()) {
      if (positions[i]?.offset !== position.offset) throw othersWrite(this.topic);
    }
  }

  /** Everything is durable, and nothing else is there. @throws as `flush`. */
  async end(): Promise<void> {
    await this.flush();
    const marks = await this.log.watermarks(this.topic);
    if (marks.some(({ partition, high }) => high !== this.#next[partition])) throw othersWrite(this.topic);
  }

  async #append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    try {
      return await this.log.append(this.topic, records);
    } catch (error) {
      if (!isLookalikeError(error) || error.code !== 'record-too-large') throw error;
      const key = records.reduce((a, b) => (bytesOf(b) > bytesOf(a) ? b : a)).key;
      throw new LookalikeError(
        'record-too-large',
        `A record of ${this.topic} with the key ${JSON.stringify(key)} is too large for this log: it has ` +
          `${error.facts.sizeBytes} bytes, and ${error.facts.maxRecordBytes} are taken.`,
        { cause: error, facts: { ...error.facts, topic: this.topic, key } },
      );
    }
  }

  async #requireSame(placed: readonly Placed[]): Promise<void> {
    for (const partition of new Set(placed.map(({ position }) => position.partition))) {
      const here = placed.filter(({ position }) => position.partition === partition);
      const wanted = new Map(here.map(({ record, position }) => [position.offset, record]));
      const [from, to] = [Math.min(...wanted.keys()), Math.max(...wanted.keys()) + 1];
      // Compaction may have dropped some.
      for await (const { offset, key, value } of this.log.read({ topic: this.topic, partition, from, to })) {
        const record = wanted.get(offset);
        if (record?.key !== key || !isSame(record.value, value)) throw othersWrite(this.topic);
      }
    }
  }
}

function bytesOf({ key, value }: NewRecord): number {
  return key.length + (value?.length ?? 0);
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function othersWrite(topic: string): LookalikeError {
  return new LookalikeError(
    'log-mismatch',
    `Something else than this import has written to ${topic} since it began, so the order of what is imported would not ` +
      'be right. Stop whatever writes to this log, delete the log, and import into a new one.',
    { facts: { topic } },
  );
}
