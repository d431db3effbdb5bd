import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type DeadLetter,
  type DeadLetterAction,
  type DeadLetterId,
  deadLetterId,
  decodeDeadLetter,
  type EventLog,
  encodeDeadLetterAction,
  type FailureReason,
  type LogRecord,
  LookalikeError,
  type Position,
  partitionOf,
  type Watermarks,
} from '#core';
import { recordAt } from '../record-at.js';
import { someAtOnce } from '../some-at-once.js';
import { type Candidate, newestFirst, type PageCursor, type Window } from './letter-page.js';
import type { ClosedCounts, LetterState, LetterStates } from './letter-states.js';

/** What is told of a letter in a list: everything but the original's headers and value. */
export interface LetterSummary {
  readonly id: DeadLetterId;
  readonly state: LetterState;
  /** When it was set aside. */
  readonly atMs: number;
  readonly reason: FailureReason;
  /** Of the original; `null` when the record is no dead letter that can be read. */
  readonly original:
    | (Position & Pick<LogRecord, 'topic' | 'key' | 'timestampMs'> & { readonly sizeBytes: number | null })
    | null;
}

export interface LetterDetails extends Omit<LetterSummary, 'original'> {
  readonly original: LogRecord | null;
  readonly lastAction: DeadLetterAction | null;
}

/** Which letters: all conditions hold. */
export interface LetterFilter {
  readonly reason?: string;
  readonly imageId?: string;
  readonly state?: LetterState;
  /** When they were set aside, in milliseconds since 1970: from `sinceMs`, before `untilMs`. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface LetterQuery extends LetterFilter {
  readonly limit: number;
  readonly cursor?: PageCursor;
}

export interface LetterPage {
  readonly letters: readonly LetterSummary[];
  readonly next: PageCursor | null;
}

export type LetterCounts = ClosedCounts & { readonly open: number };

/** Records read for one page, of all partitions together. */
const MAX_READ = 1_000;
/** Partitions read at the same time. */
const READS_AT_ONCE = 8;

/** What was set aside, and what was done about it. Both are topics that only grow; nothing of them is kept here. */
export class DeadLetters {
  constructor(
    private readonly log: EventLog,
    private readonly states: LetterStates,
    private readonly maxRead = MAX_READ,
  ) {}

  /** Newest first. A page may hold less than `limit` though there is another one. @throws `overloaded`. */
  async list({ limit, cursor, ...filter }: LetterQuery): Promise<LetterPage> {
    const states = await this.states.current();
    const marks = await this.log.watermarks(DEAD_LETTERS_TOPIC);
    const wanted = marks.filter(({ partition, low, high }) => {
      const isThere = cursor === undefined ? high > low : cursor.has(partition);
      return isThere && (filter.imageId === undefined || partition === partitionOf(filter.imageId, marks.length));
    });
    const size = Math.max(1, Math.floor(this.maxRead / Math.max(1, wanted.length)));
    const windows = await someAtOnce(READS_AT_ONCE, wanted, (it) => {
      const to = Math.min(it.high, cursor?.get(it.partition) ?? it.high);
      return this.#window(it, to, size, (record) => this.#match(record, filter, states));
    });
    const { items, next } = newestFirst(
      windows.map((it) => withoutOlder(it, filter.sinceMs)),
      limit,
    );
    return { letters: items, next };
  }

  /** The whole original. @throws `dead-letter-unknown`, `overloaded`. */
  async get(id: DeadLetterId): Promise<LetterDetails> {
    const states = await this.states.current();
    const state = states.stateOf(id);
    const record = await readLetter(this.log, id);
    if (record === null || state === 'erased') throw unknown(id);
    const lastAction = await states.lastAction(id);
    const { original, reason } = contents(record);
    return { id, state, atMs: record.timestampMs, reason, original, lastAction };
  }

  /**
   * Records durably what somebody wants done; of a redrive the embed stage sees what becomes.
   * @returns the letter's state afterwards. @throws `dead-letter-unknown`, `overloaded`.
   */
  async act(id: DeadLetterId, action: 'redrive' | 'discard', by: string | null): Promise<LetterState> {
    const isThere = (await this.states.current()).stateOf(id) !== 'erased' && (await readLetter(this.log, id)) !== null;
    if (!isThere) throw unknown(id);
    await this.#record([id], action, by);
    const state = (await this.states.current()).stateOf(id);
    if (state === 'erased') throw unknown(id);
    return state;
  }

  /** The same for all open letters of a page. @returns how many there were, and where the next page begins. */
  async actOnPage(
    query: Omit<LetterQuery, 'state'>,
    action: 'redrive' | 'discard',
    by: string | null,
  ): Promise<{ readonly count: number; readonly next: PageCursor | null }> {
    const { letters, next } = await this.list({ ...query, state: 'open' });
    await this.#record(
      letters.map(({ id }) => id),
      action,
      by,
    );
    return { count: letters.length, next };
  }

  /** @throws `overloaded`. */
  async counts(): Promise<LetterCounts> {
    const states = await this.states.current();
    const marks = await this.log.watermarks(DEAD_LETTERS_TOPIC);
    const all = marks.reduce((sum, { low, high }) => sum + high - low, 0);
    const closed = Object.values(states.counts).reduce((sum, it) => sum + it, 0);
    // Behind each letter that was erased stands what has superseded it.
    return { open: Math.max(0, all - closed - states.counts.erased), ...states.counts };
  }

  async #record(letters: readonly DeadLetterId[], action: 'redrive' | 'discard', by: string | null): Promise<void> {
    if (letters.length === 0) return;
    const atMs = Date.now();
    const actions = letters.map((letter) => encodeDeadLetterAction({ letter, action, by, atMs }));
    await this.log.append(DEAD_LETTER_ACTIONS_TOPIC, actions);
  }

  async #window(
    { partition, low }: Watermarks,
    to: number,
    size: number,
    match: (record: LogRecord) => LetterSummary | null,
  ): Promise<Window<LetterSummary>> {
    const from = Math.max(low, to - size);
    const candidates: Candidate<LetterSummary>[] = [];
    for await (const record of this.log.read({ topic: DEAD_LETTERS_TOPIC, partition, from, to })) {
      candidates.push({ offset: record.offset, timestampMs: record.timestampMs, match: match(record) });
    }
    return { partition, low, from, to, candidates: candidates.reverse() };
  }

  #match(record: LogRecord, { reason, imageId, state, ...times }: LetterFilter, states: LetterStates) {
    const { partition, offset, timestampMs } = record;
    const id = { partition, offset };
    const known = states.stateOf(id);
    if (record.value === null || known === 'erased') return null;
    const isWanted =
      (reason === undefined || record.headers.reason === reason) &&
      (imageId === undefined || record.key === imageId) &&
      timestampMs >= (times.sinceMs ?? 0) &&
      timestampMs < (times.untilMs ?? Number.POSITIVE_INFINITY) &&
      (state === undefined || known === state);
    return isWanted ? summary(record, known) : null;
  }
}

/** One letter's record; `null` when there is none, or none any more. */
export async function readLetter(log: EventLog, { partition, offset }: DeadLetterId): Promise<LogRecord | null> {
  const mark = (await log.watermarks(DEAD_LETTERS_TOPIC))[partition];
  if (mark === undefined || offset < mark.low || offset >= mark.high) return null;
  const record = await recordAt(log, DEAD_LETTERS_TOPIC, { partition, offset });
  return record?.value == null ? null : record;
}

function summary(record: LogRecord, state: LetterState): LetterSummary {
  const { original, reason } = contents(record);
  const id = { partition: record.partition, offset: record.offset };
  if (original === null) return { id, state, atMs: record.timestampMs, reason, original };
  const { topic, partition, offset, key, timestampMs, value } = original;
  const short = { topic, partition, offset, key, timestampMs, sizeBytes: value?.length ?? null };
  return { id, state, atMs: record.timestampMs, reason, original: short };
}

/** A record of somebody else's in the topic is shown as what it is, and stops nobody. */
function contents(record: LogRecord): DeadLetter | { readonly reason: FailureReason; readonly original: null } {
  try {
    return decodeDeadLetter(record);
  } catch (error) {
    const { message } = error as LookalikeError;
    return { reason: { code: 'invalid-record', message }, original: null };
  }
}

/** Below what is older than wanted there is nothing that is wanted, so the partition ends there. */
function withoutOlder<T>(window: Window<T>, sinceMs = 0): Window<T> {
  const oldest = window.candidates.at(-1);
  return oldest !== undefined && oldest.timestampMs < sinceMs ? { ...window, low: window.from } : window;
}

function unknown(id: DeadLetterId): LookalikeError {
  const facts = { id: deadLetterId(id) };
  return new LookalikeError('dead-letter-unknown', 'There is no dead letter with this id.', { facts });
}
