import {
  type DeadLetter,
  decodeDeadLetter,
  decodeDeadLetterAction,
  decodeDuplicateDecision,
  decodeVectorRecord,
  encodeDeadLetterAction,
  encodeDuplicateDecision,
  encodeVectorRecord,
  IMAGE_EVENTS_TOPIC,
  type LogRecord,
  type NewRecord,
  nullIfOutcome,
  type Position,
  partitionOf,
  type RemovedImage,
  type Version,
} from '#core';
import { MAX_WINDOW, READ_TO, readToOf } from '../optimistic-states.js';
import type { PositionTable } from './position-table.js';

/** What records of another log say of places in it, said of places in this one. */
export interface TranslationOptions {
  /** Of the events, and of the dead letters; filled while those are imported. */
  readonly events: PositionTable;
  readonly letters: PositionTable;
  /** Partitions of the events here, and there. */
  readonly partitions: number;
  readonly originPartitions: number;
  /** The name of the other log. */
  readonly origin: string;
}

/** What a redrive leaves in the topic of the vectors (docs/adr/0013). No imageId has a control character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what tells such a key
const REDRIVEN_KEY = /^\u0001([^/]+)\/(\d+)-(\d+)\/(\w+)$/;

export class Translation {
  constructor(private readonly options: TranslationOptions) {}

  /**
   * An event as it was, but for what it was made from (docs/adr/0016): events of its image that lay below that bound lie below
   * the new one, and the others do not.
   * @param place where it will lie.
   */
  async event(record: LogRecord & { readonly key: string }, place: Position): Promise<NewRecord> {
    const headers = withTime(await this.#headers(record, place), record);
    return { key: record.key, value: record.value, headers };
  }

  /** With the version that its event has here; `null` when the event is not here. What cannot be read stays as it is. */
  async vector(record: LogRecord): Promise<NewRecord | null> {
    const { key, value, headers } = record;
    if (key === null) return null;
    const vector = nullIfOutcome(() => decodeVectorRecord(record));
    if (vector === null) return { key, value, headers };
    const { imageId, version } = vector;
    const partition = partitionOf(imageId, this.options.originPartitions);
    const event = await this.options.events.get({ partition, offset: version });
    if (event === null) return null;
    const newKey = key === imageId ? key : this.#redrivenKey(key, event);
    return { ...encodeVectorRecord({ ...vector, version: event.offset }), key: newKey, headers };
  }

  /**
   * With the place that its original has here. One that was left out gets a partition that is not there, so that it stays
   * what it was: no event of an image. `null` for a letter of the index stage, whose originals are derived: it sets aside
   * anew what it cannot take.
   */
  async letter(record: LogRecord): Promise<NewRecord | null> {
    const { key, value, headers } = record;
    const letter = nullIfOutcome(() => decodeDeadLetter(record));
    if (letter === null) return asItWas(record);
    const { original } = letter;
    if (original.topic !== IMAGE_EVENTS_TOPIC) return null;
    const place = (await this.options.events.get(original)) ?? this.nowhere(original);
    const changes = { ...place, headers: await this.#headers(original, place) };
    return { key: key ?? '', value: withOriginal(value, changes), headers };
  }

  /** With the id that its letter has here; `null` when the letter is not here. */
  async action(record: LogRecord): Promise<NewRecord | null> {
    const action = nullIfOutcome(() => decodeDeadLetterAction(record));
    if (action === null) return asItWas(record);
    const letter = await this.options.letters.get(action.letter);
    return letter === null ? null : { ...encodeDeadLetterAction({ ...action, letter }), headers: record.headers };
  }

  /** A decision about duplicates, with the versions that what it has deleted has here. */
  async decision(record: LogRecord): Promise<NewRecord> {
    const decision = nullIfOutcome(() => decodeDuplicateDecision(record));
    if (decision?.kind !== 'resolve') return asItWas(record);
    const removed: RemovedImage[] = [];
    for (const it of decision.removed) removed.push({ ...it, version: await this.#versionHere(it) });
    return { ...encodeDuplicateDecision({ ...decision, removed }), headers: record.headers };
  }

  async #versionHere({ imageId, version: offset }: RemovedImage): Promise<Version | null> {
    if (offset === null) return null;
    const partition = partitionOf(imageId, this.options.originPartitions);
    return (await this.options.events.get({ partition, offset }))?.offset ?? null;
  }

  /** Of an original that has no place here. */
  nowhere({ offset }: Position): Position {
    return { partition: this.options.partitions, offset };
  }

  async #headers(record: LogRecord, place: Position): Promise<LogRecord['headers']> {
    if (record.headers[READ_TO] === undefined) return record.headers;
    const from = Math.max(readToOf(record), record.offset - MAX_WINDOW);
    const first = await this.options.events.firstIn(place.partition, record.partition, from, record.offset);
    return { ...record.headers, [READ_TO]: String(first ?? place.offset) };
  }

  #redrivenKey(key: string, event: Position): string {
    const [, topic, , , state] = REDRIVEN_KEY.exec(key) ?? [];
    if (topic === IMAGE_EVENTS_TOPIC) return `\u0001${topic}/${event.partition}-${event.offset}/${state}`;
    // Names a place of the other log's vectors, and is not to be taken for one of this log's.
    return `\u0001${this.options.origin}/${key.slice(1)}`;
  }
}

export function asItWas({ key, value, headers }: LogRecord): NewRecord {
  return { key: key ?? '', value, headers };
}

/** An event that does not say when it happened has the time at which its log took it, and that would be another one here. */
function withTime(headers: LogRecord['headers'], { timestampMs }: LogRecord): LogRecord['headers'] {
  if (headers.ce_type === undefined || headers.ce_time !== undefined) return headers;
  return { ...headers, ce_time: new Date(timestampMs).toISOString() };
}

/** Everything else of the letter stays, also what this version does not know. */
function withOriginal(value: Uint8Array | null, changes: Partial<DeadLetter['original']>): Uint8Array {
  const letter = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  return Buffer.from(JSON.stringify({ ...letter, original: { ...letter.original, ...changes } }));
}
