import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  COPY_LINKS_TOPIC,
  DUPLICATE_DECISIONS_TOPIC,
  decodeCopyLinks,
  decodeDuplicateDecision,
  type EventLog,
  endedWithin,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  Repeating,
  unlessUnknown,
} from '#core';
import { LastingFault } from '../lasting-fault.js';
import { GroupFile } from './group-file.js';

export interface DuplicateGroupsOptions {
  readonly log: EventLog;
  /** Where the groups are kept, which grow with the collection; '' for a file that the system removes by itself. */
  readonly file: string;
  /** When what it follows cannot be read, not per try; `null` when it can be again. */
  readonly onFault?: (error: unknown) => void;
}

/** What searches ask of them. */
export type KnownDuplicates = Pick<DuplicateGroups, 'copiesAmong' | 'toldApartFrom'>;

/** So many records in one transaction, in which nothing else is answered: some 25 ms where each has 200 links. */
const RECORDS_AT_ONCE = 20;
const EVERY_MS = 1_000;
/** Whoever asks while the log is slow is shown what was read before, if anything was. */
const MAX_WAIT_MS = 1_000;

/**
 * The duplicates of a collection as the log has them, kept up while it changes: links and decisions are read in the order of the log,
 * and only what hangs together with what has changed is grouped anew.
 */
export class DuplicateGroups {
  readonly #log: EventLog;
  readonly #file: GroupFile;
  /** The next offset of each partition, by topic. */
  readonly #next = { links: new Map<number, number>(), decisions: new Map<number, number>() };
  #turn: Promise<unknown> = Promise.resolve();
  /** Begins when the reading under way has ended. */
  #waiting: Promise<void> | null = null;
  #isRead = false;
  #grouped = 0;
  readonly #following = new Repeating(() => this.catchUp().catch(() => {}), EVERY_MS);
  readonly #fault: LastingFault;
  readonly #closed = new AbortController();

  constructor({ log, file, onFault = () => {} }: DuplicateGroupsOptions) {
    this.#log = log;
    // That reading is broken off is no fault.
    this.#fault = new LastingFault((error) => {
      if (!this.#closed.signal.aborted) onFault(error);
    });
    this.#file = new GroupFile(file);
  }

  /** Pictures that were grouped anew so far; for tests and measurements. */
  get grouped(): number {
    return this.#grouped;
  }

  /** Keeps up with the log from then on. */
  start(): void {
    this.#following.start();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#following.stop();
    await this.#turn.catch(() => {});
    this.#file.close();
  }

  /** Reads what came since the last time. Calls while it reads share one more reading. @throws `log-…`, what the file throws. */
  catchUp(): Promise<void> {
    this.#waiting ??= this.#turn.then(() => {
      this.#waiting = null;
      return this.#fault.watch(this.#catchUp());
    });
    this.#turn = this.#waiting.catch(() => {});
    return this.#waiting;
  }

  /**
   * The groups as of now, or, while the log is away or slow, as they were read before.
   * @throws `overloaded` until everything was read for the first time, with what keeps it from that as the cause.
   */
  async current(): Promise<GroupFile> {
    await endedWithin(this.catchUp(), MAX_WAIT_MS);
    if (!this.#isRead) {
      const message = 'Duplicates are still being read from the log. Try again in a moment.';
      throw new LookalikeError('overloaded', message, { cause: this.#fault.current ?? undefined });
    }
    return this.#file;
  }

  /** `CopiesAmong` of the collection. @throws as `current`. */
  async copiesAmong(sha256s: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    return (await this.current()).copiesAmong(sha256s);
  }

  /** Pictures that somebody has told apart from it, by the SHA-256 of their bytes. @throws as `current`. */
  async toldApartFrom(sha256: string): Promise<ReadonlySet<string>> {
    return (await this.current()).toldApartFrom(sha256);
  }

  async #catchUp(): Promise<void> {
    await this.#read(COPY_LINKS_TOPIC, this.#next.links, (record) => this.#takeLinks(record));
    await this.#read(DUPLICATE_DECISIONS_TOPIC, this.#next.decisions, (record) => this.#takeDecision(record));
    this.#grouped += await this.#file.regroup(this.#closed.signal);
    this.#isRead = true;
  }

  async #read(topic: string, next: Map<number, number>, take: (record: LogRecord) => void): Promise<void> {
    // There is none before the first image, or decision.
    const marks = (await unlessUnknown(this.#log.watermarks(topic))) ?? [];
    for (const { partition, low, high } of marks) {
      const from = Math.max(low, next.get(partition) ?? 0);
      if (from >= high) continue;
      let batch: LogRecord[] = [];
      const write = () => {
        const taken = batch;
        batch = [];
        this.#closed.signal.throwIfAborted();
        this.#file.change(() => taken.forEach(take));
        const last = taken.at(-1);
        if (last !== undefined) next.set(partition, last.offset + 1);
      };
      for await (const record of this.#log.read({ topic, partition, from, to: high })) {
        batch.push(record);
        if (batch.length < RECORDS_AT_ONCE) continue;
        write();
        await nextTurn();
      }
      write();
      next.set(partition, high);
    }
  }

  /** What cannot be read says nothing. */
  #takeLinks(record: LogRecord): void {
    const image = nullIfOutcome(() => decodeCopyLinks(record));
    if (image === null) return;
    if (image.picture === null) this.#file.gone(image.imageId);
    else this.#file.compared(image);
  }

  #takeDecision(record: LogRecord): void {
    const decision = nullIfOutcome(() => decodeDuplicateDecision(record));
    if (decision !== null) this.#file.decided(decision, record.offset);
  }
}
